//! `kubectl version`, `cluster-info` and `config`: what is known without asking for objects.

use serde_json::json;

use super::Ask;
use crate::stage::simulated::call::{Call, Outcome, not_simulated};
use crate::stage::simulated::cluster::VERSION;
use crate::stage::simulated::yaml;

/// The name of the one context, and of the cluster behind it.
pub(super) const CONTEXT: &str = "simulated";
const SERVER: &str = "https://192.0.2.10:6443";

pub(super) fn version(call: &Call, ask: &Ask<'_>) -> Outcome {
    let (major, minor) = VERSION[1..].split_once('.').unwrap_or(("1", "20"));
    let minor = minor.split('.').next().unwrap_or_default();
    let info = json!({ "major": major, "minor": minor, "gitVersion": VERSION, "platform": "linux/amd64" });
    let mut all = json!({ "clientVersion": info });
    if !ask.parsed.has("client") {
        all["serverVersion"] = info;
    }
    match ask.parsed.get("output") {
        Some("json") => call.line(format!("{all:#}")),
        Some("yaml") => call.print(yaml::write(&all)),
        Some(other) => return Err(not_simulated("kubectl", &format!("the output {other} of version")).into()),
        None => {
            let line = |side: &str| {
                if ask.parsed.has("short") {
                    call.line(format!("{side} Version: {VERSION}"));
                } else {
                    call.line(format!(
                        "{side} Version: version.Info{{Major:\"{major}\", Minor:\"{minor}\", GitVersion:\"{VERSION}\", Platform:\"linux/amd64\"}}"
                    ));
                }
            };
            line("Client");
            if !ask.parsed.has("client") {
                line("Server");
            }
        }
    }
    Ok(0)
}

pub(super) fn cluster_info(call: &Call) -> u8 {
    call.print(format!(
        "\u{1b}[0;32mKubernetes control plane\u{1b}[0m is running at \u{1b}[0;33m{SERVER}\u{1b}[0m\n\nTo further debug and diagnose cluster \
         problems, use 'kubectl cluster-info dump'.\n"
    ));
    0
}

pub(super) fn config(call: &Call, ask: &Ask<'_>) -> Outcome {
    let words: Vec<&str> = ask.parsed.words.iter().map(String::as_str).collect();
    let no_context = |name: &str| Err(format!("error: no context exists with the name: \"{name}\"").into());
    match words.as_slice() {
        ["current-context"] => call.line(CONTEXT),
        ["get-contexts"] => {
            let namespace = ask.cluster.state().context.clone();
            let namespace = if namespace == "default" { String::new() } else { namespace };
            call.print(format!(
                "CURRENT   NAME        CLUSTER     AUTHINFO   NAMESPACE\n*         {CONTEXT}   {CONTEXT}   admin      {namespace}\n"
            ));
        }
        ["get-clusters"] => call.print(format!("NAME\n{CONTEXT}\n")),
        ["use-context" | "use", CONTEXT] => call.line(format!("Switched to context \"{CONTEXT}\".")),
        ["use-context" | "use", other] => return no_context(other),
        ["set-context", rest @ ..] => {
            if let Some(other) = rest.first().filter(|name| **name != CONTEXT) {
                return no_context(other);
            }
            if let Some(namespace) = ask.parsed.get("namespace") {
                ask.cluster.change(|state| namespace.clone_into(&mut state.context));
            }
            call.line(format!("Context \"{CONTEXT}\" modified."));
        }
        ["view"] => {
            let mut context = json!({ "cluster": CONTEXT, "user": "admin" });
            let namespace = ask.cluster.state().context.clone();
            if namespace != "default" {
                context["namespace"] = namespace.into();
            }
            let config = json!({
                "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": CONTEXT,
                "clusters": [{ "name": CONTEXT, "cluster": { "server": SERVER } }],
                "contexts": [{ "name": CONTEXT, "context": context }],
                "users": [{ "name": "admin", "user": {} }],
            });
            match ask.parsed.get("output") {
                None | Some("yaml") => call.print(yaml::write(&config)),
                Some("json") => call.line(format!("{:#}", yaml::sorted(&config))),
                Some(output) => call.print(super::get::formatted(output, &config, None)?),
            }
        }
        other => return Err(not_simulated("kubectl", &format!("config {}", other.join(" "))).into()),
    }
    Ok(0)
}
