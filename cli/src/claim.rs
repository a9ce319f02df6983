//! Directories that a command fills with files.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::{Error, Result};

/// Makes sure that a directory is there and may be written to: it is new, empty, `own`, or `--force` was given.
pub(crate) fn claim(path: &Path, own: bool, force: bool) -> Result<()> {
    let reading = || Error::io(format!("reading {}", path.display()));
    let is_free = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return fs::create_dir_all(path).map_err(Error::io(format!("creating {}", path.display())));
        }
        Err(error) => return Err(reading()(error)),
    };
    if is_free || own || force {
        return Ok(());
    }
    let path = path.display();
    Err(Error::Usage(format!(
        "{path} holds files that mainsheet has not written: name another directory, or add --force"
    )))
}
