//! `bantam man`: the manual pages, made of the same words as `--help`.

use std::path::PathBuf;

use clap::CommandFactory;
use clap_mangen::Man;

use super::exit::{Exit, Failure};
use super::{Cli, print};

/// Print the manual page of bantam, or write those of all commands into a folder
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam man | man -l -\n  bantam man --out ~/.local/share/man/man1     # then: man bantam-calibrate"
)]
pub(super) struct ManArgs {
    /// Folder for bantam.1, bantam-calibrate.1 and the others; it is made if it is missing, pages that are there are replaced
    #[arg(long, short, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// A folder that cannot be written.
pub(super) fn run(args: &ManArgs) -> Result<(), Failure> {
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        let made = Man::new(Cli::command()).render(&mut page);
        made.map_err(|error| Failure::caused(Exit::Internal, "the manual page cannot be made", &error))?;
        print(&String::from_utf8_lossy(&page));
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|error| Failure::unwritable(folder, &error).hint("choose another folder with --out"))?;
    anstream::eprintln!("wrote the manual pages to {}", folder.display());
    Ok(())
}
