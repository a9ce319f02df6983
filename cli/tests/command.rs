//! What the command says about itself and about what it cannot do.

mod common;

use common::{run, stderr, stdout};
use mainsheet_tests::artifact;

#[test]
fn the_version_names_the_filter() {
    let output = run(&["--version"]);
    let expected = format!(
        "mainsheet {}\nfilter sha256:{}\n",
        env!("CARGO_PKG_VERSION"),
        artifact::sha256()
    );
    assert_eq!((stdout(&output), output.status.code()), (expected, Some(0)));
}

#[test]
fn help_has_examples_and_exit_codes() {
    let help = stdout(&run(&["--help"]));
    assert!(
        help.contains("Exit codes:") && help.contains("mainsheet up k8s/"),
        "{help}"
    );
    let help = stdout(&run(&["export", "--help"]));
    assert!(
        help.contains("--to envoy-filter --sidecar") && help.contains("Options of --to envoy"),
        "{help}"
    );
    assert!(stdout(&run(&["package", "--help"])).contains("skopeo copy"));
    let help = stdout(&run(&["up", "--help"]));
    assert!(
        help.contains("--port 80=8080") && help.contains("x-echo-status"),
        "{help}"
    );
}

#[test]
fn nothing_to_read_is_a_matter_of_usage() {
    let output = run(&["up"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("nothing to read"), "{}", stderr(&output));
}

#[test]
fn an_envoy_that_is_not_there_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.yaml");
    std::fs::write(&file, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n").unwrap();
    let output = run(&["up", file.to_str().unwrap(), "--envoy", "/nowhere/envoy"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).contains("/nowhere/envoy, which is no file"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn errors_of_the_input_end_the_command_before_anything_runs() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.yaml");
    std::fs::write(
        &file,
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: 7}\n",
    )
    .unwrap();
    let output = run(&["up", file.to_str().unwrap()]);
    let place = format!("{}:4:", file.display());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains(&place), "{}", stderr(&output));
}

#[test]
fn shells_and_man_know_all_commands() {
    let output = run(&["completions", "bash"]);
    assert!(
        stdout(&output).contains("mainsheet__subcmd__check"),
        "{}",
        stdout(&output)
    );
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man1");
    let output = run(&["man", pages.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = std::fs::read_to_string(pages.join("mainsheet-check.1")).unwrap();
    assert!(page.contains("mainsheet\\-allow unreachable\\-rule"), "{page}");
}
