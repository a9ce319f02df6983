//! Building a filter with a cargo inside cargo. The build script includes this file, too.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to build.
#[derive(Clone, Debug)]
pub struct WasmBuild<'a> {
    /// The `Cargo.toml` of the package or of its workspace.
    pub manifest: &'a Path,
    /// The package.
    pub package: &'a str,
    /// The cargo profile.
    pub profile: &'a str,
    /// Not the target directory of the outer cargo, which holds the lock on that.
    pub target_dir: &'a Path,
    /// Whether the lock file must be there and right.
    pub locked: bool,
}

/// Why there is no module.
#[derive(Debug)]
pub enum WasmBuildError {
    /// Cargo itself did not start.
    Cargo(std::io::Error),
    /// The standard library for WebAssembly is not installed.
    MissingTarget,
    /// The package does not compile.
    Failed {
        /// The package.
        package: String,
        /// What cargo printed.
        stderr: String,
    },
    /// Cargo was content, but the file is not there.
    NoOutput(PathBuf),
}

impl fmt::Display for WasmBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cargo(error) => write!(f, "cannot run cargo: {error}"),
            Self::MissingTarget => write!(
                f,
                "the target {TARGET} is not installed; run `rustup target add {TARGET}` and build again"
            ),
            Self::Failed { package, stderr } => {
                write!(f, "building {package} for {TARGET} failed:\n{stderr}")
            }
            Self::NoOutput(path) => write!(f, "cargo did not write {}", path.display()),
        }
    }
}

impl std::error::Error for WasmBuildError {}

const TARGET: &str = "wasm32-unknown-unknown";

/// What the outer cargo, clippy or a coverage tool sets for host code, and a filter must not see.
const FOREIGN: [&str; 9] = [
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CLIPPY_ARGS",
    "LLVM_PROFILE_FILE",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

impl WasmBuild<'_> {
    /// Runs cargo, and says where the module is.
    pub fn run(&self) -> Result<PathBuf, WasmBuildError> {
        let output = self.command().output().map_err(WasmBuildError::Cargo)?;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            return Err(self.explain(stderr));
        }
        let path = self.output();
        if path.is_file() {
            Ok(path)
        } else {
            Err(WasmBuildError::NoOutput(path))
        }
    }

    fn command(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["build", "--lib", "--target", TARGET, "--package", self.package]);
        command
            .args(["--profile", self.profile, "--manifest-path"])
            .arg(self.manifest);
        command.arg("--target-dir").arg(self.target_dir);
        if self.locked {
            command.arg("--locked");
        }
        for name in FOREIGN {
            command.env_remove(name);
        }
        command
    }

    fn output(&self) -> PathBuf {
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        self.target_dir.join(TARGET).join(self.profile).join(file)
    }

    fn explain(&self, stderr: String) -> WasmBuildError {
        let missing =
            stderr.contains("target may not be installed") || stderr.contains("can't find crate for `core`");
        if missing {
            WasmBuildError::MissingTarget
        } else {
            WasmBuildError::Failed {
                package: self.package.to_owned(),
                stderr,
            }
        }
    }
}
