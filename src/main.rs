//! The command `bantam`.

fn main() -> std::process::ExitCode {
    bantam::cli::main()
}
