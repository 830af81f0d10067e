//! The `palts` program: reads the command line and calls one command of the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Answers are made of thousands of small texts and lists: with the system's allocator, a third of the work of a department's whole plan.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    palts::cli::main()
}
