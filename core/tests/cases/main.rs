//! Tests of routing configuration: the requests that a test stands for, and how expectations are held against decisions.
#![cfg(test)]
#![cfg(feature = "cases")]

mod compare;
mod files;
mod generated;
mod matrix;
mod schema;

use mainsheet_core::cases::{Case, Difference, Drawn, Names, Seen, Test, TestFile, arrival_port};
use mainsheet_core::compile::{Proxy, compile_mesh};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::reply::{Response, Upstream};
use mainsheet_core::report::Report;
use mainsheet_core::request::Request;
use mainsheet_core::table::{PathCache, RouteTable};
use mainsheet_core::view::DecisionView;

/// A test file with its resources, compiled for the proxy of the file.
struct World {
    file: TestFile,
    mesh: Mesh,
    proxy: Proxy,
    table: RouteTable,
}

impl World {
    fn new(text: &str) -> Self {
        let file = TestFile::read("a.test.yaml", text);
        assert_eq!(file.diagnostics, [], "{text}");
        let loaded = file.resources([("", ""); 0]);
        assert_eq!(loaded.diagnostics, []);
        let mesh = Mesh::new(&loaded.bundle, &file.mesh, &mut Report::default());
        let proxy = file.suite.proxy.proxy(&mesh).unwrap();
        let table = compile_mesh(&mesh, &proxy, Report::default()).unwrap().table;
        Self {
            file,
            mesh,
            proxy,
            table,
        }
    }

    /// What is otherwise than a test expects, for one of its requests.
    fn differences(&self, test: &Test, case: &Case) -> Vec<Difference> {
        let port = arrival_port(&case.request, &self.mesh, &self.proxy);
        let headers = case
            .request
            .headers_at_filter(&self.mesh.config, self.proxy.kind)
            .unwrap();
        let request = Request::new(port, &headers);
        let decide = |seed| {
            self.table.decide(
                &request,
                &mut Entropy::new(seed),
                &mut PathCache::default(),
                &mut (),
            )
        };
        let decision = decide(1);
        let view = DecisionView::new(&decision, &request);
        let answer = Response {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        };
        let response = decision.client_response(&request, Upstream::Answers(answer));
        let texts: Vec<(String, String)> = response
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()))
            .collect();
        let names = Names {
            namespace: &self.proxy.namespace,
            domain: &self.mesh.config.domain,
        };
        let seen = Seen {
            decision: &view,
            status: response.status,
            body: str::from_utf8(&response.body).unwrap(),
            upstream: view.upstream.as_ref(),
            response_headers: &texts,
        };
        let mut all = test.expect.differences(&seen, &names, test.draws.as_ref());
        if let Some(draws) = &test.draws {
            let mut drawn = Drawn::default();
            for seed in 0..draws.count {
                drawn.add(&DecisionView::new(&decide(seed), &request));
            }
            all.extend(test.expect.drawn_differences(&drawn, draws, &names, None));
        }
        all
    }
}
