//! The list of fields, held against the types and against what each field does.
#![cfg(test)]
#![cfg(all(feature = "yaml", feature = "export"))]

mod ablation;
mod docs;
mod leaves;
mod outcome;
mod scenario;
mod shape;
mod warnings;

use std::collections::BTreeSet;

use mainsheet_core::fields::{Becomes, KINDS, Kind, MESSAGES, Row, Table};
use mainsheet_core::resources::{self, Body, MeshConfig, ObjectMeta, Resource};

use shape::Shape;

/// The shape of each kind, by its name.
fn shapes() -> Vec<(&'static str, Shape)> {
    macro_rules! shapes {
        ($($kind:ident)*) => { vec![$((resources::$kind::KIND, object::<resources::$kind>()),)*] };
    }
    let mut shapes = shapes!(
        VirtualService DestinationRule Gateway ServiceEntry WorkloadEntry Sidecar HTTPRoute Service Pod Endpoints
        Namespace Secret Deployment EndpointSlice
    );
    shapes.push(("MeshConfig", Shape::of::<MeshConfig>()));
    shapes
}

fn object<T: Resource>() -> Shape {
    let mut fields = vec![("metadata", Shape::of::<ObjectMeta>())];
    match (T::BODY, Shape::of::<T>()) {
        (Body::Root, Shape::Message(own)) => fields.extend(own),
        (_, own) => fields.push(("spec", own)),
    }
    Shape::Message(fields)
}

#[test]
fn every_field_has_a_row_and_every_row_a_field() {
    let mut wrong = Vec::new();
    let shapes = shapes();
    for (name, shape) in &shapes {
        let table = Table::new(kind(name));
        let fields = shape.fields();
        for (path, field) in &fields {
            let without_rows = field.is_leaf() && table.covering(path).is_none();
            if without_rows {
                wrong.push(format!("{name}: {path} has no row"));
            }
        }
        for entry in table.entries() {
            if fields.iter().all(|(path, _)| *path != entry.path) {
                wrong.push(format!("{name}: {} is no field", entry.path));
            }
            if table
                .entries()
                .iter()
                .filter(|other| other.path == entry.path)
                .count()
                > 1
            {
                wrong.push(format!("{name}: {} has several rows", entry.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known: BTreeSet<&str> = shapes.iter().map(|(name, _)| *name).collect();
    let listed: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(known, listed);
}

#[test]
fn every_message_is_documented() {
    fn visit(rows: &[Row]) {
        for row in rows {
            if let Becomes::Message(message) = row.becomes {
                assert!(
                    MESSAGES.iter().any(|known| known.name == message.name),
                    "{}",
                    message.name
                );
                visit(message.rows);
            }
        }
    }
    KINDS.iter().for_each(|kind| visit(kind.rows));
}

fn kind(name: &str) -> &'static Kind {
    mainsheet_core::fields::kind(name).unwrap_or_else(|| panic!("{name} is not in the list"))
}
