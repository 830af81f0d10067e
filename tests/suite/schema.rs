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

/// What an introspection says, under `__schema`.
fn introspected() -> serde_json::Value {
    let app = crate::harness::App::start();
    let query = "{ __schema { types { name kind description specifiedByURL
        fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description } enumValues(includeDeprecated: true) { name description } } } }";
    app.secretariat().ask(query).at("/__schema").clone()
}

/// The types of the schema that are ours.
fn ours(schema: &serde_json::Value) -> Vec<&serde_json::Value> {
    let types = schema["types"].as_array().expect("types");
    let given = ["String", "Int", "Float", "Boolean", "ID"];
    let ours = types.iter().filter(|kind| {
        let name = kind["name"].as_str().expect("a name");
        !name.starts_with("__") && !given.contains(&name)
    });
    ours.collect()
}

#[test]
fn the_schema_describes_itself_to_the_last_argument() {
    let schema = introspected();
    let (mut silent, mut unspecified) = (Vec::new(), Vec::new());
    let mut look = |place: String, what: &serde_json::Value| {
        if what["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            silent.push(place);
        }
    };
    let (mut arguments, mut inputs, mut values) = (0, 0, 0);
    let members = |of: &serde_json::Value, what: &str| of[what].as_array().cloned().unwrap_or_default();
    for kind in ours(&schema) {
        let name = kind["name"].as_str().expect("a name");
        // The roots are what they are called.
        if !["Query", "Mutation"].contains(&name) {
            look(name.to_owned(), kind);
        }
        for field in members(kind, "fields") {
            let place = format!("{name}.{}", field["name"]);
            look(place.clone(), &field);
            for argument in members(&field, "args") {
                arguments += 1;
                look(format!("{place}({})", argument["name"]), &argument);
            }
        }
        for field in members(kind, "inputFields") {
            inputs += 1;
            look(format!("{name}.{}", field["name"]), &field);
        }
        for value in members(kind, "enumValues") {
            values += 1;
            look(format!("{name}.{}", value["name"]), &value);
        }
        if kind["kind"] == "SCALAR" && kind["specifiedByURL"].is_null() {
            unspecified.push(name.to_owned());
        }
    }
    assert!(silent.is_empty(), "{} without a description:\n{}", silent.len(), silent.join("\n"));
    assert_eq!(unspecified, Vec::<String>::new(), "scalars without @specifiedBy");
    assert!(arguments > 80 && inputs > 80 && values > 80, "the schema was read: {arguments}, {inputs}, {values}");
}

#[test]
fn values_are_described_by_what_a_french_reader_sees() {
    use palts::domain::vocabulary as words;
    macro_rules! labels {
        ($($name:ident),+ $(,)?) => {
            [$((stringify!($name), words::$name::ALL.iter().map(|word| (word.as_str(), word.label_fr())).collect::<BTreeMap<_, _>>())),+]
        };
    }
    let vocabularies = labels!(
        Authority,
        RevisionStatus,
        RevisionStep,
        SectorKind,
        ObjectiveAxis,
        NationalList,
        SchoolKind,
        ChangeKind,
        MeetingKind,
        DecisionState,
        Aggregation,
        IndicatorScope,
        RollupAxis,
        Granularity,
        ServiceKind,
        Role,
        SignatoryRole,
        SignatureCapacity,
    );
    let schema = introspected();
    for (name, labels) in vocabularies {
        let kind = ours(&schema).into_iter().find(|kind| kind["name"] == name).unwrap_or_else(|| panic!("no enum {name}"));
        for value in kind["enumValues"].as_array().expect("values") {
            let label = labels[value["name"].as_str().expect("a name")];
            assert_eq!(value["description"], label, "{name}.{}", value["name"]);
        }
    }
}
