//! Tells cargo what is built into the program beside its sources: a migration, a reference table or an asset that is
//! added or changed alone is built in too. Not for making anything.

fn main() {
    for folder in ["migrations", "config", "web/graphiql/dist"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
