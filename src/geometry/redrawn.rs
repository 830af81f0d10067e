//! What to say of a shape that was drawn anew: areas alone say nothing of one that moved as it is. Not for whether it is the same shape.

use geo::{CoordsIter as _, MultiPolygon};

use super::measure::{centroid, metres_between};

/// Centres nearer to each other than this are at the same place: positions are kept to a centimetre.
const SAME_PLACE_M: f64 = 0.5;

/// How a shape differs from the one before it, in words: how far its centre moved, else that its line is another.
#[must_use]
pub fn difference(before: &MultiPolygon<f64>, after: &MultiPolygon<f64>) -> String {
    let moved = centroid(before).zip(centroid(after)).map(|(from, to)| metres_between(from, to));
    match moved {
        Some(metres) if metres >= SAME_PLACE_M => format!("centre déplacé de {}", length(metres)),
        Some(_) | None => {
            let (former, latter) = (before.coords_count(), after.coords_count());
            if former == latter {
                format!("tracé modifié, toujours de {latter} positions")
            } else {
                format!("tracé modifié, de {former} à {latter} positions")
            }
        }
    }
}

/// A length as people say it.
fn length(metres: f64) -> String {
    if metres < 10.0 {
        format!("{metres:.1} m").replace('.', ",")
    } else if metres < 10_000.0 {
        format!("{metres:.0} m")
    } else {
        format!("{:.1} km", metres / 1e3).replace('.', ",")
    }
}

#[cfg(test)]
mod tests {
    use geo::{Rect, Translate as _};

    use super::*;

    fn square() -> MultiPolygon<f64> {
        MultiPolygon(vec![Rect::new((5.4, 43.3), (5.41, 43.31)).to_polygon()])
    }

    #[test]
    fn a_shape_that_moved_tells_how_far_and_one_that_did_not_that_its_line_is_another() {
        assert_eq!(difference(&square(), &square().translate(0.01, 0.0)), "centre déplacé de 811 m");
        assert_eq!(difference(&square(), &square().translate(0.0, 0.000_02)), "centre déplacé de 2,2 m");
        assert_eq!(difference(&square(), &square().translate(0.0, 1.0)), "centre déplacé de 111,1 km");
        let mut more = square();
        more.0[0].exterior_mut(|ring| ring.0.insert(1, ring.0[0]));
        assert_eq!(difference(&square(), &more), "tracé modifié, de 5 à 6 positions");
        assert_eq!(difference(&square(), &square()), "tracé modifié, toujours de 5 positions");
    }
}
