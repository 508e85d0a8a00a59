//! The options that say what decks may do to this machine and to its user's things, on `host`.

use clap::Args;

const HOST: &str = "On this machine (--stage host)";

/// What decks may do beyond what is their own.
#[derive(Args, Clone, Debug, Default)]
pub struct Host {
    /// Let decks act on this kube context, which is not on this machine
    #[arg(long, value_name = "CONTEXT", help_heading = HOST)]
    pub kube_context: Vec<String>,
    /// Let decks work with your own kubeconfig and docker configuration, not with copies of them
    #[arg(long, help_heading = HOST)]
    pub share_config: bool,
    /// Let a deck remove or move away its own folder
    #[arg(long, help_heading = HOST)]
    pub allow_removal: bool,
}
