//! The command as people run it.
#![expect(dead_code, reason = "not every test needs every helper")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use mainsheet_tests::envoy::EnvoyBinary;
use tempfile::TempDir;

/// Files of the example that together are a whole configuration.
const BOOKINFO: [&str; 7] = [
    "bookinfo.yaml",
    "destination-rules.yaml",
    "gateway.yaml",
    "productpage-v1.yaml",
    "details-v1.yaml",
    "ratings-v1.yaml",
    "reviews-v1.yaml",
];

/// The command.
pub(crate) fn mainsheet() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mainsheet"))
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    mainsheet().args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What it printed on standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it printed.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// `mainsheet up` on files of its own.
pub(crate) struct Up {
    child: Child,
    files: TempDir,
}

impl Up {
    /// Starts it on Bookinfo, and waits until it serves.
    pub(crate) fn start() -> Self {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bookinfo");
        let text = |name: &str| fs::read_to_string(examples.join(name)).unwrap();
        Self::start_on(&BOOKINFO.map(|name| (name, text(name))), &["--port", "8080=0"])
    }

    /// Starts it on these files, and waits until it serves.
    pub(crate) fn start_on(resources: &[(&str, String)], arguments: &[&str]) -> Self {
        let files = tempfile::tempdir().unwrap();
        let input = files.path().join("input");
        fs::create_dir(&input).unwrap();
        for (name, text) in resources {
            fs::write(input.join(name), text).unwrap();
        }
        // Found here, so that a download does not count as the time that the command takes.
        let envoy = EnvoyBinary::find(None).unwrap();
        let log = fs::File::create(files.path().join("output")).unwrap();
        let mut command = mainsheet();
        command.arg("up").arg(&input).arg("--envoy").arg(envoy.path());
        command
            .args(["--outbound-port", "0", "--directory"])
            .arg(files.path().join("envoy"))
            .args(arguments);
        command
            .stdin(Stdio::null())
            .stderr(log.try_clone().unwrap())
            .stdout(log);
        let up = Self {
            child: command.spawn().unwrap(),
            files,
        };
        up.wait_for("Ctrl-C stops everything");
        up
    }

    /// Everything that it printed.
    pub(crate) fn output(&self) -> String {
        fs::read_to_string(self.files.path().join("output")).unwrap()
    }

    /// Waits until it has printed this.
    pub(crate) fn wait_for(&self, text: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        while !self.output().contains(text) {
            assert!(Instant::now() < end, "never printed {text:?}:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A file of the input.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.files.path().join("input").join(name)
    }

    /// A file of Envoy.
    pub(crate) fn envoy_file(&self, name: &str) -> PathBuf {
        self.files.path().join("envoy").join(name)
    }

    /// Changes a file of the input.
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let path = self.file(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to)).unwrap();
    }

    /// The address in the line that starts like this.
    pub(crate) fn address(&self, start: &str) -> std::net::SocketAddr {
        let output = self.output();
        let line = output
            .lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("{output}"));
        let address = line.rsplit([' ', '/']).next().unwrap();
        address.parse().unwrap_or_else(|_| panic!("{line}"))
    }

    /// Sends a signal by name, and waits for the end.
    pub(crate) fn stop(&mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{signal}"), &pid])
                .status()
                .unwrap()
                .success()
        );
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end:\n{}", self.output())
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
