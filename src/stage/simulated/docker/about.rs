//! `docker version` and `docker info`: versions follow those whose words the other commands use.

use serde_json::json;

use super::daemon::Daemon;
use super::engine::Engine;
use crate::stage::simulated::call::{Call, Outcome, not_simulated};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::template;

const VERSION: &str = "20.10.24";
pub(super) const VERSION_LINE: &str = "Docker version 20.10.24, build simulated";

pub(super) fn version(call: &Call, parsed: &Parsed) -> Outcome {
    if let Some(format) = parsed.get("format") {
        let value = json!({
            "Client": { "Version": VERSION, "ApiVersion": "1.41", "Os": "linux", "Arch": "amd64" },
            "Server": { "Version": VERSION, "ApiVersion": "1.41", "Os": "linux", "Arch": "amd64" },
        });
        call.line(template::render(format, &value).map_err(|unknown| not_simulated("docker", &unknown))?);
        return Ok(0);
    }
    call.print(format!(
        "Client:\n Version:           {VERSION}\n API version:       1.41\n OS/Arch:           linux/amd64\n \
         Context:           default\n Experimental:      true\n\nServer: simulated by labrun\n Engine:\n  Version:          \
         {VERSION}\n  API version:      1.41 (minimum version 1.12)\n  OS/Arch:          linux/amd64\n  Experimental:     \
         false\n"
    ));
    Ok(0)
}

pub(super) fn info(engine: &Engine, call: &Call) -> Outcome {
    let state = engine.state();
    let running = state.containers.iter().filter(|container| container.ended.is_none()).count();
    let images: std::collections::BTreeSet<&str> =
        state.names.values().chain(&state.nameless).map(|image| image.id.as_str()).collect();
    let insecure: String = match &state.daemon {
        Daemon::Up { insecure } => insecure.iter().map(|name| format!("  {name}\n")).collect(),
        Daemon::Failed(_) => String::new(),
    };
    call.print(format!(
        "Client:\n Context:    default\n Debug Mode: false\n\nServer:\n Containers: {}\n  Running: {running}\n  Paused: 0\n  \
         Stopped: {}\n Images: {}\n Server Version: {VERSION}\n Storage Driver: overlay2\n Logging Driver: json-file\n Cgroup \
         Driver: systemd\n Cgroup Version: 2\n Operating System: simulated by labrun\n OSType: linux\n Architecture: x86_64\n \
         Registry: https://index.docker.io/v1/\n Experimental: false\n Insecure Registries:\n{insecure}  127.0.0.0/8\n Live Restore \
         Enabled: false\n\n",
        state.containers.len(),
        state.containers.len() - running,
        images.len(),
    ));
    Ok(0)
}
