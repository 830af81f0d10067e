//! The `palts` program: reads the command line and calls one command of the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    palts::cli::main()
}
