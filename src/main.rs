//! The program: parses the command line and calls one command.

fn main() {}
