//! For CI servers.

use std::time::Duration;

use mainsheet_tests::artifact;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::{plain, reasons};
use crate::error::{Error, Result};
use crate::test::outcome::{CaseResult, FileResult, Results};

/// A suite for each test file.
pub(super) fn report(results: &Results) -> Result<String> {
    let mut report = Report::new("mainsheet");
    report.set_time(Duration::from_secs_f64(results.seconds));
    for file in &results.files {
        let mut suite = suite(file);
        suite.add_property(Property::new("subject", results.subject));
        suite.add_property(Property::new("filter", artifact::sha256()));
        report.add_test_suite(suite);
    }
    report
        .to_string()
        .map_err(|error| Error::Failed(error.to_string()))
}

fn suite(file: &FileResult) -> TestSuite {
    let mut suite = TestSuite::new(file.name.as_str());
    match &file.cases {
        Ok(cases) => {
            suite.add_test_cases(cases.iter().map(|case| test_case(&file.name, case)));
        }
        Err(findings) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("the test file cannot be used");
            status.set_description(plain(&findings.to_string()));
            suite.add_test_case(TestCase::new("reading", status));
        }
    }
    suite
}

fn test_case(file: &str, case: &CaseResult) -> TestCase {
    let status = if case.passed {
        TestCaseStatus::success()
    } else {
        let kind = match case.error {
            Some(_) => NonSuccessKind::Error,
            None => NonSuccessKind::Failure,
        };
        let mut status = TestCaseStatus::non_success(kind);
        let differences = case.differences.iter().map(|difference| {
            format!(
                "{}: expected {}, got {}",
                difference.field, difference.expected, difference.got
            )
        });
        let message: Vec<String> = differences.chain(case.error.clone()).collect();
        status.set_message(message.join("; "));
        status.set_description(reasons(case).join("\n"));
        status
    };
    let mut written = TestCase::new(case.name.as_str(), status);
    written.set_classname(file);
    written.set_time(Duration::from_secs_f64(case.seconds));
    if let Some(location) = &case.location {
        let attributes = &mut written.extra;
        attributes.insert(XmlString::new("file"), XmlString::new(&location.file));
        attributes.insert(XmlString::new("line"), XmlString::new(location.line.to_string()));
    }
    written
}
