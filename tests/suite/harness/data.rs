//! Small shapes to test with, inside their departments.

use serde_json::{Value, json};

/// A square of about `side` degrees around the préfecture of a few departments.
pub fn square(department: &str, index: u32) -> Value {
    let (lon, lat) = match department {
        "13" => (5.40, 43.30),
        "93" => (2.44, 48.91),
        "75" => (2.35, 48.86),
        "68" => (7.36, 48.08),
        "67" => (7.75, 48.58),
        other => panic!("no square for {other}"),
    };
    let west = lon + f64::from(index % 10) * 0.004;
    let south = lat + f64::from(index / 10) * 0.004;
    let (east, north) = (west + 0.003, south + 0.003);
    json!({ "type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]] })
}

/// The middle of [`square`].
pub fn middle(department: &str, index: u32) -> Value {
    let shape = square(department, index);
    let corner = |place: usize, axis: usize| shape["coordinates"][0][place][axis].as_f64().expect("a number");
    json!({ "type": "Point", "coordinates": [(corner(0, 0) + corner(1, 0)) / 2.0, (corner(0, 1) + corner(2, 1)) / 2.0] })
}
