//! The application under test: started on a free port with a database, a clock and accounts of its own.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use palts::access::{Caller, Identity, Policy};
use palts::domain::vocabulary::Role;
use palts::exchange::reference;
use palts::graphql;
use palts::http;
use palts::keys::{HashSettings, Keys};
use palts::store::{Database, DatabaseUrl};
use palts::workflow::callers::Callers;
use palts::workflow::epochs::EpochWatch;
use palts::workflow::operation::{self, Kind};
use palts::workflow::{Call, Clock, Desk, Office, Rules, SessionSettings};
use serde_json::json;

use super::{Client, TestDatabase};

/// The day on which tests begin, unless they say otherwise: in the first semester of the circular.
pub const FIRST_DAY: &str = "2010-03-10";

/// What every test account is given: it is hashed cheaply, in tests only.
pub const PASSWORD: &str = "un mot de passe de test";

/// A running application. Stops when dropped.
pub struct App {
    /// What its operations share; for counts and clocks, not for shortcuts.
    pub office: Arc<Office>,
    /// What its requests must pass; for counts.
    pub edge: Arc<http::edge::Edge>,
    base: String,
    clients: Mutex<HashMap<String, Client>>,
    stop: Option<mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    database: Option<Arc<TestDatabase>>,
}

/// What a test may set otherwise.
pub struct Setup {
    /// The first day; [`FIRST_DAY`] unless said.
    pub day: Option<&'static str>,
    /// House rules.
    pub rules: Rules,
    /// Bounds on operations.
    pub limits: graphql::Settings,
    /// The HTTP room.
    pub http: http::Settings,
    /// Sessions; hashing is cheap but in production.
    pub sessions: SessionSettings,
    /// Outside demonstration mode.
    pub production: bool,
    /// A replica that may answer queries.
    pub replica: Option<DatabaseUrl>,
    /// Connections of its pool, where that is not the usual one of tests.
    pub connections: Option<u32>,
}

impl Default for Setup {
    /// The defaults, but for the rate of requests: one account asks here for what many would.
    fn default() -> Self {
        Self {
            day: None,
            rules: Rules::default(),
            limits: graphql::Settings::default(),
            http: http::Settings { requests_per_s: 0, ..http::Settings::default() },
            sessions: SessionSettings::default(),
            production: false,
            replica: None,
            connections: None,
        }
    }
}

impl App {
    /// Starts one with the defaults.
    pub fn start() -> Self {
        Self::with(Setup::default())
    }

    /// Starts one on a given day.
    pub fn on(day: &'static str) -> Self {
        Self::with(Setup { day: Some(day), ..Setup::default() })
    }

    /// Starts one with other settings.
    pub fn with(setup: Setup) -> Self {
        Self::over(TestDatabase::fresh(), setup)
    }

    /// Starts one over a given database.
    pub fn over(database: TestDatabase, setup: Setup) -> Self {
        Self::sharing(Arc::new(database), setup)
    }

    /// A second instance on the same database, as behind a balancer; it signs its tokens with keys of its own.
    pub fn beside(&self, setup: Setup) -> Self {
        Self::sharing(Arc::clone(self.database.as_ref().expect("it has one until it is dropped")), setup)
    }

    fn sharing(database: Arc<TestDatabase>, setup: Setup) -> Self {
        let day = setup.day.unwrap_or(FIRST_DAY);
        let opened = setup.connections.map_or_else(|| database.open(), |connections| database.open_with(connections));
        let opened = match &setup.replica {
            Some(replica) => opened.with_replica(replica).expect("a thread"),
            None => opened,
        };
        let sessions = if setup.production { setup.sessions } else { cheap(setup.sessions) };
        let office = office_with(opened, day, setup.rules, sessions, !setup.production);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = mpsc::channel::<()>();
        let (ready, started) = mpsc::channel::<()>();
        let settings = http::Settings { shutdown_timeout_s: 5, ..setup.http };
        let app = http::App::new(Arc::clone(&office), setup.limits, settings).expect("registered documents can be read");
        let edge = Arc::clone(&app.edge);
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = http::serve(listener, app).expect("the server starts");
                let handle = server.handle();
                std::thread::spawn(move || {
                    let _ = stopped.recv();
                    std::mem::drop(handle.stop(true));
                });
                ready.send(()).expect("the test waits");
                server.await.expect("the server ends well");
            });
        });
        started.recv_timeout(Duration::from_secs(20)).expect("the server starts");
        Self { office, edge, base, clients: Mutex::default(), stop: Some(stop), thread: Some(thread), database: Some(database) }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where its database is.
    pub fn database(&self) -> &TestDatabase {
        self.database.as_ref().expect("it has one until it is dropped")
    }

    /// The day of its clock.
    pub fn today(&self) -> String {
        self.office.clock.today().to_string()
    }

    /// Moves the clock to the morning of a day. Sessions outlive it: everybody signs in again.
    pub fn set_day(&self, day: &str) {
        self.office.clock.set(morning(day));
        self.clients.lock().expect("no test panicked here").clear();
    }

    /// SQL statements that `work` costs.
    pub fn statements<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        let before = self.office.database.statements();
        let done = work();
        (done, self.office.database.statements() - before)
    }

    /// Runs SQL in its database, past palts.
    pub fn execute(&self, sql: &str) {
        let mut conn = self.office.database.checkout(palts::store::Mode::Write).expect("a connection");
        super::database::past_palts(conn.get(), sql).expect("the statement runs");
    }

    /// Nobody.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None, "")
    }

    /// A client with a given token.
    pub fn bearing(&self, token: &str) -> Client {
        Client::new(&self.base, Some(token.to_owned()), "")
    }

    /// Signs in; the answer is a session.
    pub fn login(&self, username: &str, password: &str) -> super::Answer {
        self.anonymous().run(
            "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken refreshToken expiresAt viewer { username } } }",
            json!({ "u": username, "p": password }),
        )
    }

    /// The administrator, made by the operator at first use; everybody else is made by the administrator, through the API.
    pub fn administrator(&self) -> Client {
        self.client("administrateur", || {
            self.as_operator(|call| {
                use palts::workflow::users::{self, GrantRequest, NewUser};
                let new = NewUser {
                    username: "administrateur",
                    display_name: "Administration",
                    password: PASSWORD,
                    must_change_password: false,
                };
                users::create(call, &new)?;
                let request = GrantRequest {
                    username: "administrateur",
                    role: Role::Administrator,
                    department: None,
                    zone: None,
                    parquet: None,
                    until: None,
                };
                users::grant(call, &request)
            });
        })
    }

    /// Runs a workflow function as the operator at the command line.
    pub fn as_operator<T>(&self, work: impl FnOnce(&mut Call) -> palts::workflow::Result<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(60);
        operation::run_as(&self.office, Kind::Mutation, Caller::Known(Identity::Operator), deadline, work)
            .expect("the operator may")
    }

    /// A user with one grant; made at first use. `territory` is the grant's input: `{ "departmentCode": "13" }`, or `{}` for the nation.
    pub fn user(&self, name: &str, role: &str, territory: serde_json::Value) -> Client {
        self.client(name, || {
            let administrator = self.administrator();
            let input = json!({ "username": name, "displayName": name, "password": PASSWORD });
            let made =
                administrator.run("mutation($i: CreateUserInput!) { createUser(input: $i) { id } }", json!({ "i": input }));
            if made.body.get("errors").is_none() {
                self.grant(name, role, territory.clone());
            }
        })
    }

    /// Gives one more grant to a user.
    pub fn grant(&self, name: &str, role: &str, territory: serde_json::Value) {
        self.try_grant(name, role, territory).data();
    }

    /// The same, whatever the answer.
    pub fn try_grant(&self, name: &str, role: &str, territory: serde_json::Value) -> super::Answer {
        let mut grant = json!({ "username": name, "role": role });
        if let (Some(grant), serde_json::Value::Object(territory)) = (grant.as_object_mut(), territory) {
            grant.extend(territory);
        }
        self.administrator().run("mutation($i: GrantInput!) { grantRole(input: $i) { id } }", json!({ "i": grant }))
    }

    /// The préfecture of a department.
    pub fn prefecture(&self, department: &str) -> Client {
        self.user(&format!("prefecture-{}", department.to_lowercase()), "PREFECTURE", json!({ "departmentCode": department }))
    }

    /// The préfet of a department.
    pub fn prefect(&self, department: &str) -> Client {
        self.user(&format!("prefet-{}", department.to_lowercase()), "PREFECT", json!({ "departmentCode": department }))
    }

    /// The procureur of the coordinating parquet of a department.
    pub fn prosecutor(&self, department: &str) -> Client {
        let code = department.parse().expect("a department");
        let territories = &self.office.territories;
        let parquet = territories.department(&code).expect("it exists").coordinating_parquet.to_string();
        self.parquet(&parquet)
    }

    /// The procureur of a parquet.
    pub fn parquet(&self, parquet: &str) -> Client {
        self.user(&format!("procureur-{}", parquet.to_lowercase()), "PUBLIC_PROSECUTOR", json!({ "parquetCode": parquet }))
    }

    /// The police of a department.
    pub fn police(&self, department: &str) -> Client {
        self.user(&format!("police-{}", department.to_lowercase()), "POLICE", json!({ "departmentCode": department }))
    }

    /// The gendarmerie of a department.
    pub fn gendarmerie(&self, department: &str) -> Client {
        self.user(&format!("gendarmerie-{}", department.to_lowercase()), "GENDARMERIE", json!({ "departmentCode": department }))
    }

    /// The education service of a department.
    pub fn education(&self, department: &str) -> Client {
        self.user(&format!("education-{}", department.to_lowercase()), "EDUCATION", json!({ "departmentCode": department }))
    }

    /// The préfet of a defence zone.
    pub fn zone_prefect(&self, zone: &str) -> Client {
        self.user(&format!("zone-{}", zone.to_lowercase()), "ZONE_PREFECT", json!({ "defenceZoneCode": zone }))
    }

    /// The national secretariat.
    pub fn secretariat(&self) -> Client {
        self.user("secretariat", "NATIONAL_SECRETARIAT", json!({}))
    }

    /// A role over the nation.
    pub fn national(&self, role: &str) -> Client {
        self.user(&format!("national-{}", role.to_lowercase()), role, json!({}))
    }

    /// The auditor of a department.
    pub fn auditor(&self, department: &str) -> Client {
        self.user(&format!("auditeur-{}", department.to_lowercase()), "AUDITOR", json!({ "departmentCode": department }))
    }

    fn client(&self, name: &str, make: impl FnOnce()) -> Client {
        if let Some(client) = self.clients.lock().expect("no test panicked here").get(name) {
            return client.clone();
        }
        if !self.has_account(name) {
            make();
        }
        let token = self.login(name, PASSWORD).text("/login/accessToken");
        let client = Client::new(&self.base, Some(token), name);
        self.clients.lock().expect("no test panicked here").insert(name.to_owned(), client.clone());
        client
    }

    fn has_account(&self, name: &str) -> bool {
        let name = name.parse().expect("a username");
        self.office.database.read(|connection| palts::store::users::by_name(connection, &name)).expect("readable").is_some()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        // No thread may hold a connection when the process ends: the clean-up of PostgreSQL's library would meet it.
        self.office.close(Duration::from_secs(20));
        self.database.take();
    }
}

/// Nine in the morning in Paris, or nearly, of a day.
fn morning(day: &str) -> NaiveDateTime {
    let day: NaiveDate = day.parse().expect("a day");
    day.and_time(NaiveTime::from_hms_opt(8, 0, 0).expect("a time"))
}

/// An office over a test database, with keys of its own.
pub fn office(database: &TestDatabase, day: &str, rules: Rules, sessions: SessionSettings) -> Arc<Office> {
    office_with(database.open(), day, rules, cheap(sessions), true)
}

/// The same over pools that are open already.
pub fn office_over(database: Database) -> Arc<Office> {
    office_with(database, FIRST_DAY, Rules::default(), cheap(SessionSettings::default()), true)
}

fn cheap(sessions: SessionSettings) -> SessionSettings {
    SessionSettings { hashing: HashSettings { memory_kib: 8, passes: 1, lanes: 1 }, ..sessions }
}

fn office_with(database: Database, day: &str, rules: Rules, sessions: SessionSettings, demonstration: bool) -> Arc<Office> {
    Arc::new(Office {
        territories: reference::territories().expect("the reference is sound"),
        policy: Policy::embedded().expect("the policy is sound"),
        rules,
        clock: Clock::fixed(morning(day)),
        epochs: EpochWatch::over(database.clone()).expect("a thread"),
        callers: Callers::default(),
        writes_begun: std::sync::atomic::AtomicU64::default(),
        contents: Default::default(),
        heads: Default::default(),
        database,
        outlines: Default::default(),
        desk: Desk::new(Keys::ephemeral().expect("keys"), sessions, demonstration).expect("the desk opens"),
    })
}
