//! The schema: the committed file is what the code says, and it holds all of the contract (`contract.graphql`: names and shapes that clients
//! rely on) except its subscriptions, which come later.

use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn the_committed_schema_is_what_the_code_says() {
    let committed =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql")).expect("schema.graphql");
    assert!(committed == palts::graphql::schema::sdl(), "schema.graphql is not what the code says: run `make schema`");
}

#[test]
fn everything_of_the_contract_is_in_the_schema() {
    let contract = read(include_str!("contract.graphql"));
    let schema = read(&palts::graphql::schema::sdl());
    assert!(contract.len() > 80, "the contract was read: {}", contract.len());
    let mut missing = Vec::new();
    for (name, definition) in &contract {
        if name == "type Subscription" {
            continue;
        }
        let Some(ours) = schema.get(name) else {
            missing.push(name.clone());
            continue;
        };
        for (member, shape) in definition {
            match ours.get(member) {
                None => missing.push(format!("{name} {member}")),
                Some(other) if !holds(other, shape) => missing.push(format!("{name} {member}: {shape:?} is {other:?}")),
                Some(_) => {}
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn no_list_of_the_schema_is_unbounded_by_a_page_unless_the_contract_says_so() {
    let contract = read(include_str!("contract.graphql"));
    let schema = read(&palts::graphql::schema::sdl());
    let lists = |types: &Definitions| -> Vec<String> {
        types
            .iter()
            .filter(|(name, _)| name.starts_with("type ") && !name.starts_with("type __"))
            .flat_map(|(name, members)| members.iter().map(move |(member, shape)| (name, member, shape)))
            .filter(|(name, member, shape)| {
                shape.result.starts_with('[') && !(name.ends_with("Connection") && ["edges", "nodes"].contains(&member.as_str()))
            })
            .map(|(name, member, _)| format!("{name} {member}"))
            .collect()
    };
    let mut agreed = lists(&contract);
    // Bounded by what one revision may hold.
    agreed.extend(["type Objective schoolUais", "type School objectives"].map(ToOwned::to_owned));
    // Bounded by the sessions that an account may have at once.
    agreed.extend(["type User sessions", "type Viewer sessions"].map(ToOwned::to_owned));
    let new: Vec<String> = lists(&schema).into_iter().filter(|list| !agreed.contains(list)).collect();
    assert_eq!(new, Vec::<String>::new(), "lists without pages");
}

/// A member's arguments (with their types) and its own type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shape {
    arguments: BTreeMap<String, String>,
    result: String,
}

type Definitions = BTreeMap<String, BTreeMap<String, Shape>>;

/// Ours may have more arguments, as long as nobody must give them.
fn holds(ours: &Shape, contract: &Shape) -> bool {
    ours.result == contract.result
        && contract.arguments.iter().all(|(name, kind)| ours.arguments.get(name) == Some(kind))
        && ours.arguments.iter().all(|(name, kind)| contract.arguments.contains_key(name) || !kind.ends_with('!'))
}

/// Reads a schema far enough to compare it: kinds, names, members, arguments, types, interfaces.
fn read(text: &str) -> Definitions {
    let mut words = tokens(text).into_iter().peekable();
    let mut found = Definitions::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "scalar" => {
                found.insert(format!("scalar {}", words.next().expect("a name")), BTreeMap::new());
            }
            "type" | "interface" | "input" | "enum" => {
                let name = words.next().expect("a name");
                let mut members = BTreeMap::new();
                while words.peek().is_some_and(|word| word != "{") {
                    let interface = words.next().expect("a word");
                    if interface != "implements" && interface != "&" {
                        members.insert(format!("implements {interface}"), Shape::default());
                    }
                }
                words.next();
                while words.peek().is_some_and(|word| word != "}") {
                    let (member, shape) = member(&mut words);
                    members.insert(member, shape);
                }
                words.next();
                found.insert(format!("{word} {name}"), members);
            }
            _ => {}
        }
    }
    found
}

fn member(words: &mut std::iter::Peekable<std::vec::IntoIter<String>>) -> (String, Shape) {
    let name = words.next().expect("a name");
    let mut shape = Shape::default();
    if words.peek().is_some_and(|word| word == "(") {
        words.next();
        while words.peek().is_some_and(|word| word != ")") {
            let argument = words.next().expect("a name");
            words.next();
            shape.arguments.insert(argument, kind(words));
            skip_default(words);
        }
        words.next();
    }
    if words.peek().is_some_and(|word| word == ":") {
        words.next();
        shape.result = kind(words);
        skip_default(words);
    }
    while words.peek().is_some_and(|word| word.starts_with('@')) {
        words.next();
    }
    (name, shape)
}

fn skip_default(words: &mut std::iter::Peekable<std::vec::IntoIter<String>>) {
    if words.peek().is_some_and(|word| word == "=") {
        words.next();
        words.next();
    }
}

fn kind(words: &mut std::iter::Peekable<std::vec::IntoIter<String>>) -> String {
    let mut text = String::new();
    if words.peek().is_some_and(|word| word == "[") {
        text.push_str(&words.next().expect("a bracket"));
        text.push_str(&kind(words));
        text.push_str(&words.next().expect("a bracket"));
    } else {
        text.push_str(&words.next().expect("a type"));
    }
    if words.peek().is_some_and(|word| word == "!") {
        text.push_str(&words.next().expect("a mark"));
    }
    text
}

/// Words and marks, without descriptions and comments.
fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\"\"\"") {
            rest = after.split_once("\"\"\"").map_or("", |(_, after)| after);
        } else if let Some(after) = rest.strip_prefix('"') {
            rest = after.split_once('"').map_or("", |(_, after)| after);
        } else if first == '#' {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if first.is_alphanumeric() || first == '_' || first == '@' {
            let end =
                rest.char_indices().skip(1).find(|(_, c)| !c.is_alphanumeric() && *c != '_').map_or(rest.len(), |(end, _)| end);
            found.push(rest[..end].to_owned());
            rest = &rest[end..];
        } else {
            if !first.is_whitespace() && first != ',' {
                found.push(first.to_string());
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}
