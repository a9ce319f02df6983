//! Single routes, as they have to be written.

use mainsheet_core::compile::{Proxy, compile};
use mainsheet_core::export::native_routes;
use mainsheet_core::input::load_json;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use serde_json::{Value, json};

#[test]
fn routes_are_written() {
    let cases: Vec<Value> = yaml::read("written.yaml", include_str!("written.yaml")).unwrap();
    for case in &cases {
        let (name, written) = (&case["name"], first_route(case));
        for (field, expected) in case["route"].as_object().unwrap() {
            assert_eq!(&written[field], expected, "{name}: {field} of {written}");
        }
    }
}

fn first_route(case: &Value) -> Value {
    let mut resources = case["resources"].as_array().unwrap().clone();
    // Without a service on port 80 there are no routes for it.
    resources.push(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "z"},
        "spec": {"ports": [{"name": "http", "port": 80}]},
    }));
    let (bundle, findings) = load_json(&resources);
    assert!(findings.is_empty(), "{findings:?}");
    let proxy: Proxy = match &case["proxy"] {
        Value::Null => Proxy::default(),
        proxy => {
            let mut proxy = proxy.clone();
            proxy["namespace"] = "default".into();
            serde_json::from_value(proxy).unwrap()
        }
    };
    let table = compile(&bundle, &MeshConfig::default(), &proxy).unwrap().table;
    native_routes(&table)[0].1["virtual_hosts"][0]["routes"][0].clone()
}
