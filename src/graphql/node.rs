//! Node ids: opaque to clients, and for us the kind of object with its natural key. Says nothing of whether the object exists or may be seen.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::codes::{DepartmentCode, IndicatorCode, ObjectiveCode, ParquetCode, RegionCode, SectorCode, Uai, ZoneCode};
use crate::domain::keys::{MeasureKey, MeetingKey, RevisionKey};
use crate::workflow::Error;

/// Which object an id stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeId {
    /// A defence zone.
    DefenceZone(ZoneCode),
    /// A region.
    Region(RegionCode),
    /// A parquet.
    Parquet(ParquetCode),
    /// A department.
    Department(DepartmentCode),
    /// A department's plan.
    Plan(DepartmentCode),
    /// A revision by its number.
    Revision(DepartmentCode, i32),
    /// A sector as it stands in a revision.
    Sector(DepartmentCode, i32, SectorCode),
    /// An objective as it stands in a revision.
    Objective(DepartmentCode, i32, ObjectiveCode),
    /// A school.
    School(Uai),
    /// A meeting.
    Meeting(DepartmentCode, i64),
    /// An indicator.
    Indicator(IndicatorCode),
    /// A measure.
    Measure(DepartmentCode, i64),
    /// A publication.
    Publication(i64),
    /// An account.
    User(i64),
    /// A machine's token.
    ApiToken(i64),
    /// A session; not a node, though its id is as opaque.
    Session(i64),
    /// An audit entry: chain and place.
    AuditEntry(String, i64),
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::DefenceZone(code) => format!("z:{code}"),
            Self::Region(code) => format!("r:{code}"),
            Self::Parquet(code) => format!("q:{code}"),
            Self::Department(code) => format!("d:{code}"),
            Self::Plan(code) => format!("p:{code}"),
            Self::Revision(code, number) => format!("v:{code}:{number}"),
            Self::Sector(code, number, sector) => format!("s:{code}:{number}:{sector}"),
            Self::Objective(code, number, objective) => format!("o:{code}:{number}:{objective}"),
            Self::School(uai) => format!("e:{uai}"),
            Self::Meeting(code, id) => format!("m:{code}:{id}"),
            Self::Indicator(code) => format!("i:{code}"),
            Self::Measure(code, id) => format!("x:{code}:{id}"),
            Self::Publication(id) => format!("b:{id}"),
            Self::User(id) => format!("u:{id}"),
            Self::ApiToken(id) => format!("t:{id}"),
            Self::Session(id) => format!("c:{id}"),
            Self::AuditEntry(chain, seq) => format!("a:{chain}:{seq}"),
        };
        f.write_str(&URL_SAFE_NO_PAD.encode(text))
    }
}

impl From<&NodeId> for juniper::ID {
    fn from(id: &NodeId) -> Self {
        Self::new(id.to_string())
    }
}

impl From<NodeId> for juniper::ID {
    fn from(id: NodeId) -> Self {
        Self::from(&id)
    }
}

impl NodeId {
    /// Reads an id that a client sent; one that is not ours names nothing.
    ///
    /// # Errors
    /// NOT_FOUND.
    pub fn read(id: &juniper::ID) -> Result<Self, Error> {
        Self::decode(id).ok_or_else(|| Error::not_found("objet"))
    }

    /// Reads the id of a revision.
    ///
    /// # Errors
    /// NOT_FOUND for an id of anything else.
    pub fn revision(id: &juniper::ID) -> Result<RevisionKey, Error> {
        match Self::decode(id) {
            Some(Self::Revision(department, number)) => Ok(RevisionKey { department, number }),
            _ => Err(Error::not_found("révision")),
        }
    }

    /// Reads the id of a meeting.
    ///
    /// # Errors
    /// NOT_FOUND for an id of anything else.
    pub fn meeting(id: &juniper::ID) -> Result<MeetingKey, Error> {
        match Self::decode(id) {
            Some(Self::Meeting(department, id)) => Ok(MeetingKey { department, id }),
            _ => Err(Error::not_found("réunion")),
        }
    }

    /// Reads the id of a measure.
    ///
    /// # Errors
    /// NOT_FOUND for an id of anything else.
    pub fn measure(id: &juniper::ID) -> Result<MeasureKey, Error> {
        match Self::decode(id) {
            Some(Self::Measure(department, id)) => Ok(MeasureKey { department, id }),
            _ => Err(Error::not_found("mesure")),
        }
    }

    /// Reads the id of a session; nothing for an id of anything else.
    #[must_use]
    pub fn session(id: &juniper::ID) -> Option<i64> {
        match Self::decode(id) {
            Some(Self::Session(id)) => Some(id),
            _ => None,
        }
    }

    fn decode(id: &juniper::ID) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?).ok()?;
        // PostgreSQL cannot store a NUL, and none of our keys has one.
        if text.contains('\0') {
            return None;
        }
        let mut parts = text.splitn(4, ':');
        let (kind, one, two, three) = (parts.next()?, parts.next()?, parts.next(), parts.next());
        Some(match (kind, two, three) {
            ("z", None, None) => Self::DefenceZone(parse(one)?),
            ("r", None, None) => Self::Region(parse(one)?),
            ("q", None, None) => Self::Parquet(parse(one)?),
            ("d", None, None) => Self::Department(parse(one)?),
            ("p", None, None) => Self::Plan(parse(one)?),
            ("v", Some(two), None) => Self::Revision(parse(one)?, parse(two)?),
            ("s", Some(two), Some(three)) => Self::Sector(parse(one)?, parse(two)?, parse(three)?),
            ("o", Some(two), Some(three)) => Self::Objective(parse(one)?, parse(two)?, parse(three)?),
            ("e", None, None) => Self::School(parse(one)?),
            ("m", Some(two), None) => Self::Meeting(parse(one)?, parse(two)?),
            ("i", None, None) => Self::Indicator(parse(one)?),
            ("x", Some(two), None) => Self::Measure(parse(one)?, parse(two)?),
            ("b", None, None) => Self::Publication(parse(one)?),
            ("u", None, None) => Self::User(parse(one)?),
            ("t", None, None) => Self::ApiToken(parse(one)?),
            ("c", None, None) => Self::Session(parse(one)?),
            ("a", Some(two), None) => Self::AuditEntry(one.to_owned(), parse(two)?),
            _ => return None,
        })
    }
}

fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_reads_back_as_what_it_stands_for() {
        let code = || "2A".parse().unwrap();
        let all = [
            NodeId::DefenceZone("SUD".parse().unwrap()),
            NodeId::Region("94".parse().unwrap()),
            NodeId::Parquet("TJ-AJACCIO".parse().unwrap()),
            NodeId::Department(code()),
            NodeId::Plan(code()),
            NodeId::Revision(code(), 3),
            NodeId::Sector(code(), 3, "QP/2A.001-b".parse().unwrap()),
            NodeId::Objective(code(), 3, "O_1".parse().unwrap()),
            NodeId::School("0750652B".parse().unwrap()),
            NodeId::Meeting(code(), 7),
            NodeId::Indicator("2A-PORTS".parse().unwrap()),
            NodeId::Measure(code(), i64::MAX),
            NodeId::Publication(1),
            NodeId::User(1),
            NodeId::ApiToken(1),
            NodeId::Session(1),
            NodeId::AuditEntry("FR".to_owned(), 12),
        ];
        for id in all {
            assert_eq!(NodeId::read(&juniper::ID::from(&id)).unwrap(), id);
        }
    }

    #[test]
    fn what_is_no_id_of_ours_names_nothing() {
        for text in ["", "x", "p", "p:99", "p:13:1", "v:13", "v:13:x", "s:13:1", "s:13:1:", "u:x", "z:a b", "k:1", "v:13:1:2"] {
            let id = juniper::ID::new(URL_SAFE_NO_PAD.encode(text));
            assert!(NodeId::read(&id).is_err(), "{text}");
            assert!(NodeId::read(&juniper::ID::new(text.to_owned())).is_err(), "{text}");
        }
        assert!(NodeId::revision(&NodeId::Plan("13".parse().unwrap()).into()).is_err());
    }
}
