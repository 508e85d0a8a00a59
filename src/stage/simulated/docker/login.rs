//! `docker login` and `logout`, and the passwords that they leave in `~/.docker/config.json`, where `push` and `pull`
//! look for them.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::engine::Engine;
use crate::stage::simulated::call::{Call, Outcome};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::http;
use crate::stage::simulated::reference::HUB;
use crate::stage::simulated::transfer::Remote;

/// The name under which the file keeps the password of docker.io.
const INDEX: &str = "https://index.docker.io/v1/";

pub(super) async fn login(engine: &Engine, call: &mut Call, parsed: &Parsed) -> Outcome {
    let server = parsed.words.first().map_or(INDEX, |server| bare(server)).to_owned();
    let password = if parsed.has("password-stdin") {
        if parsed.get("password").is_some() {
            return Err("--password and --password-stdin are mutually exclusive".into());
        }
        if parsed.get("username").is_none() {
            return Err("Must provide --username with --password-stdin".into());
        }
        let input = call.input().await;
        Some(String::from_utf8_lossy(&input).trim_end_matches(['\r', '\n']).to_owned())
    } else {
        parsed.get("password").map(|password| {
            call.complain("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
            password.to_owned()
        })
    };
    let user = parsed.get("username").map(str::to_owned);
    let (Some(user), Some(password)) = (user, password) else {
        return Err("Error: Cannot perform an interactive login from a non TTY device".into());
    };
    let host = if server == INDEX { HUB } else { &server };
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]/".contains(&byte)) {
        let bad = host
            .chars()
            .find(|letter| !letter.is_ascii_alphanumeric() && !".-:[]/".contains(*letter))
            .unwrap_or(' ');
        return Err(format!(
            "Error response from daemon: unable to parse server address: parse \"https://{host}\": invalid character \"{bad}\" in host name"
        )
        .into());
    }
    let remote = Remote::new(host, engine.registry(), Some((user.clone(), password.clone())));
    remote.greet().await.map_err(|error| format!("Error response from daemon: {error}"))?;
    let file = file(call);
    let mut config = read(&call.find(&file));
    config["auths"][&server] = json!({ "auth": http::basic(&user, &password).trim_start_matches("Basic ") });
    write(&call.find(&file), &config)
        .map_err(|error| format!("Error saving credentials: {}: {error}", file.display()))?;
    call.complain(format!(
        "WARNING! Your password will be stored unencrypted in {}.\nConfigure a credential helper to remove this warning. \
         See\nhttps://docs.docker.com/engine/reference/commandline/login/#credentials-store\n",
        file.display()
    ));
    call.line("Login Succeeded");
    Ok(0)
}

pub(super) fn logout(call: &Call, parsed: &Parsed) -> Outcome {
    let server = parsed.words.first().map_or(INDEX, |server| bare(server));
    let file = file(call);
    let mut config = read(&call.find(&file));
    call.line(format!("Removing login credentials for {server}"));
    if let Some(auths) = config["auths"].as_object_mut()
        && auths.shift_remove(server).is_some()
    {
        write(&call.find(&file), &config)
            .map_err(|error| format!("WARNING: could not erase credentials: {error}"))?;
    }
    Ok(0)
}

/// The user and password for a registry, from the file of the one who calls.
pub(super) fn credentials(call: &Call, host: &str) -> Option<(String, String)> {
    let server = if host == HUB { INDEX } else { host };
    let auth = read(&call.find(file(call)))["auths"][server]["auth"].as_str()?.to_owned();
    http::credentials(&format!("Basic {auth}"))
}

/// A server's name without the parts that docker cuts off.
fn bare(server: &str) -> &str {
    let server = server.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    if server == HUB || server == "index.docker.io" || server == "index.docker.io/v1" {
        INDEX
    } else {
        server
    }
}

fn file(call: &Call) -> PathBuf {
    let folder = match call.variable("DOCKER_CONFIG") {
        Some(folder) => call.path(folder),
        None => call.path(call.variable("HOME").unwrap_or("/")).join(".docker"),
    };
    folder.join("config.json")
}

fn read(file: &PathBuf) -> Value {
    let config = fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    config.filter(Value::is_object).unwrap_or_else(|| json!({}))
}

fn write(file: &PathBuf, config: &Value) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, format!("{config:#}\n"))?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}
