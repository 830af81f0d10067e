//! Sets of departments, as small as a number: by their places in the order of codes, which the [`territories`](super::territory) give. For what
//! is asked of all departments again and again; not for what is kept or sent, which names departments by their codes.

use std::ops::{BitAnd, BitOr, Sub};

/// The place of a department in the order of codes, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DepartmentPlace(u8);

impl DepartmentPlace {
    /// The department at an index; none beyond what a set holds.
    #[must_use]
    pub fn at(index: usize) -> Option<Self> {
        u8::try_from(index).ok().filter(|index| usize::from(*index) < DepartmentSet::MOST).map(Self)
    }

    /// As an index into the list of departments.
    #[must_use]
    pub fn index(self) -> usize {
        self.0.into()
    }
}

/// Some departments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DepartmentSet(u128);

impl DepartmentSet {
    /// More departments than this no set holds. There are 101.
    pub const MOST: usize = 128;

    /// One department.
    #[must_use]
    pub const fn one(place: DepartmentPlace) -> Self {
        Self(1 << place.0)
    }

    /// Takes a department in.
    pub fn insert(&mut self, place: DepartmentPlace) {
        self.0 |= Self::one(place).0;
    }

    /// Whether the department is in it.
    #[must_use]
    pub const fn holds(self, place: DepartmentPlace) -> bool {
        self.0 & Self::one(place).0 != 0
    }

    /// Whether all of the other are in it.
    #[must_use]
    pub const fn holds_all(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// Whether any department is in both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether it is without departments.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many they are.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The departments in the order of their codes.
    pub fn places(self) -> impl Iterator<Item = DepartmentPlace> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let next = u8::try_from(left.trailing_zeros()).ok().filter(|_| left != 0)?;
            left &= left - 1;
            Some(DepartmentPlace(next))
        })
    }
}

impl BitAnd for DepartmentSet {
    type Output = Self;
    /// Those in both.
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for DepartmentSet {
    type Output = Self;
    /// Those in either.
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Sub for DepartmentSet {
    type Output = Self;
    /// Those that are not in the other.
    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl FromIterator<DepartmentPlace> for DepartmentSet {
    fn from_iter<I: IntoIterator<Item = DepartmentPlace>>(places: I) -> Self {
        let mut set = Self::default();
        places.into_iter().for_each(|place| set.insert(place));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(indices: &[usize]) -> DepartmentSet {
        indices.iter().filter_map(|index| DepartmentPlace::at(*index)).collect()
    }

    #[test]
    fn a_set_holds_the_first_and_the_last_place_and_lists_them_in_order() {
        let both = set(&[127, 0, 64, 128]);
        assert_eq!(both.places().map(DepartmentPlace::index).collect::<Vec<_>>(), [0, 64, 127]);
        assert_eq!((both.len(), DepartmentPlace::at(128)), (3, None));
        assert_eq!(DepartmentSet::default().places().next(), None);
    }

    #[test]
    fn sets_are_joined_and_cut() {
        let (one, other) = (set(&[1, 2, 3]), set(&[3, 4]));
        assert_eq!((one & other, one | other, one - other), (set(&[3]), set(&[1, 2, 3, 4]), set(&[1, 2])));
        assert!(one.meets(other) && !one.holds_all(other) && one.holds_all(set(&[1, 3])) && one.holds_all(set(&[])));
        assert!(!(one - one).meets(one) && (one - one).is_empty());
    }
}
