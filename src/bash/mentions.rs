//! What a call names outside the script, and what it does that somebody may want to know before: images and charts to
//! pull, hosts to reach, clusters that it acts on, things that it destroys. What is not in these tables names nothing.

use super::call::{Call, Sorted, has_word};
use super::deed::is_name;
use super::programs;
use super::{Deed, parse, walk};

/// Something that a command names or does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mention {
    /// An image that it pulls, or runs.
    Image(String),
    /// An image that it builds, or gives a name.
    Builds(String),
    /// A Helm chart.
    Chart(String),
    /// A URL.
    Url(String),
    /// A machine, by name or address.
    Host(String),
    /// A port of this machine.
    Port(u16),
    /// It changes what a cluster holds; the program.
    Cluster(String),
    /// It goes to this kube context, for itself or for all that follows.
    Context(String),
    /// It changes the user's own configuration of this kind.
    Configures(Configuration),
    /// It becomes another user.
    Sudo,
    /// It installs this program, or a package of that name.
    Installs(String),
    /// It destroys what was there: what, in a few words.
    Destroys(&'static str),
    /// It cannot be taken back: why, in a few words.
    Final(&'static str),
}

impl Mention {
    /// What it names; empty where it names nothing.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Image(name)
            | Self::Builds(name)
            | Self::Chart(name)
            | Self::Url(name)
            | Self::Host(name)
            | Self::Cluster(name)
            | Self::Context(name)
            | Self::Installs(name) => name,
            Self::Port(_) | Self::Configures(_) | Self::Sudo | Self::Destroys(_) | Self::Final(_) => "",
        }
    }
}

/// A configuration that belongs to the user, not to the deck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Configuration {
    /// The kubeconfig.
    Kube,
    /// The configuration of docker: logins and contexts.
    Docker,
}

/// What a script names and does, in order; nothing where it cannot be read.
#[must_use]
pub fn mentions(text: &str) -> Vec<Mention> {
    parse::parse(text).map(|tree| walk::facts(&tree.complete_commands).mentions).unwrap_or_default()
}

/// Programs that change a cluster where they act.
const CLUSTER: &str = "kubectl k oc helm flux argocd istioctl linkerd tilt skaffold velero cilium kustomize";
/// Those that have the docker command line.
const ENGINES: &str = "docker podman nerdctl";

/// Programs that install others.
const INSTALLERS: &str = "apt apt-get yum dnf apk brew snap pip pip3 pipx npm go cargo gem";

/// A call that destroys something, or cannot be taken back.
struct Mark {
    names: &'static str,
    verbs: &'static str,
    with: &'static str,
    says: Mention,
}

const fn destroys(names: &'static str, verbs: &'static str, with: &'static str, what: &'static str) -> Mark {
    Mark { names, verbs, with, says: Mention::Destroys(what) }
}

const fn last(names: &'static str, verbs: &'static str, with: &'static str, why: &'static str) -> Mark {
    Mark { names, verbs, with, says: Mention::Final(why) }
}

const MARKS: &[Mark] = &[
    destroys("rm", "", "-r -R --recursive", "folders with all they hold"),
    destroys("kubectl k oc", "delete", "--all -A --all-namespaces", "all objects of a kind"),
    destroys(
        "kubectl k oc",
        "delete/ns delete/namespace delete/namespaces",
        "",
        "namespaces with all they hold",
    ),
    destroys("kubectl k oc", "delete/node delete/nodes drain", "", "nodes, or what runs there"),
    last(
        "kubectl k oc",
        "delete/pvc delete/pv delete/persistentvolumeclaim delete/persistentvolume",
        "",
        "the data of a volume is gone",
    ),
    destroys("kubectl k oc", "delete/crd delete/crds", "", "all objects of a custom kind"),
    destroys(
        "docker podman nerdctl",
        "system/prune",
        "",
        "containers, networks and images that are not in use",
    ),
    destroys(
        "docker podman nerdctl",
        "image/prune container/prune network/prune builder/prune",
        "",
        "what is not in use",
    ),
    last("docker podman nerdctl", "volume/prune volume/rm", "", "the data of a volume is gone"),
    last("docker podman nerdctl", "system/prune", "--volumes", "the data of a volume is gone"),
    destroys(
        "docker podman nerdctl",
        "swarm/leave",
        "-f --force",
        "the swarm, where this is its last manager",
    ),
    last("docker podman nerdctl", "push image/push", "", "others see what is pushed"),
    destroys("docker-compose podman-compose", "down", "-v --volumes --rmi", "volumes or images"),
    destroys("docker podman", "compose/down", "-v --volumes --rmi", "volumes or images"),
    destroys("helm", "uninstall delete", "", "a release"),
    destroys("kind k3d minikube", "delete delete/cluster cluster/delete", "", "a cluster"),
    destroys("terraform tofu", "destroy", "", "all that it manages"),
    last("terraform tofu", "apply", "", "it changes what others may use"),
    destroys("git", "reset", "--hard", "changes that are not committed"),
    destroys("git", "clean", "-f --force", "files that are not committed"),
    last("git", "push", "", "others see what is pushed"),
    destroys("iptables nft", "", "-F --flush", "the firewall's rules"),
    destroys("apt apt-get yum dnf", "remove purge autoremove", "", "installed packages"),
    destroys("systemctl", "disable stop mask", "", "a running service"),
    last("mkfs mke2fs mkswap wipefs shred", "", "", "what was there is gone"),
    last("reboot shutdown poweroff halt", "", "", "the machine goes down"),
];

/// Verbs behind which the next operand is an image.
const IMAGES: &str = "run create pull image/pull container/run container/create service/create";
/// Verbs of helm, and which of the operands behind them is the chart.
const CHARTS: [(&str, usize); 6] =
    [("install", 1), ("upgrade", 1), ("template", 1), ("pull", 0), ("show/values", 0), ("show/chart", 0)];
/// Programs whose first operand is a machine.
const REACHES: &str = "ssh ping telnet nc ncat dig nslookup host httping traceroute mtr curl wget ab";

/// What a call names and does; `deed` is what it does to the world.
pub(super) fn of(call: &Call<'_>, deed: Deed) -> Vec<Mention> {
    let program = call.program().unwrap_or(&programs::UNKNOWN);
    let sorted = call.sorted(program);
    let mut found = Vec::new();
    found.extend(call.words.iter().flat_map(|word| urls(word)));
    if has_word("sudo doas su", call.name) {
        found.push(Mention::Sudo);
    }
    for mark in MARKS.iter().filter(|mark| has_word(mark.names, call.name)) {
        if sorted.verb(mark.verbs).is_some() && (mark.with.is_empty() || sorted.has(mark.with, 0)) {
            found.push(mark.says.clone());
        }
    }
    if has_word(INSTALLERS, call.name)
        && let Some(length) = sorted.verb("install add get i")
    {
        let packages = sorted.operands[length..].iter().filter(|name| plain(name));
        found.extend(packages.map(|&name| Mention::Installs(name.to_owned())));
    }
    cluster(call, &sorted, deed, &mut found);
    containers(call, &sorted, &mut found);
    network(call, &sorted, &mut found);
    found
}

/// Clusters, contexts and charts.
fn cluster(call: &Call<'_>, sorted: &Sorted<'_>, deed: Deed, found: &mut Vec<Mention>) {
    let verb = sorted.operands.first().copied().unwrap_or_default();
    let kube = has_word("kubectl k oc", call.name);
    if kube && verb == "config" {
        const CHANGES: &str = "use-context use set set-context set-cluster set-credentials unset delete-context \
            delete-cluster delete-user rename-context";
        let what = sorted.operands.get(1).copied().unwrap_or_default();
        if has_word(CHANGES, what) {
            found.push(Mention::Configures(Configuration::Kube));
        }
        if has_word("use-context use", what) {
            found.extend(
                sorted.operands.get(2).filter(|name| plain(name)).map(|&name| Mention::Context(name.into())),
            );
        }
    } else if has_word(CLUSTER, call.name) && deed == Deed::Acts && !verb.is_empty() {
        // What only prepares files on this machine.
        let local = call.name == "helm" && has_word("repo create package pull plugin dependency", verb);
        if !local && call.name != "kustomize" {
            found.push(Mention::Cluster(call.name.to_owned()));
        }
    }
    if has_word("kubectx kubens", call.name) && !sorted.operands.is_empty() {
        found.push(Mention::Configures(Configuration::Kube));
        if call.name == "kubectx" {
            found.extend(
                sorted.operands.first().filter(|name| plain(name)).map(|&name| Mention::Context(name.into())),
            );
        }
    }
    // A cluster that is made here is the current one from then on.
    let made = match call.name {
        "kind" if sorted.verb("create/cluster").is_some() => {
            Some(format!("kind-{}", sorted.value("--name").unwrap_or("kind")))
        }
        "k3d" if sorted.verb("cluster/create").is_some() => {
            Some(format!("k3d-{}", sorted.operands.get(2).unwrap_or(&"k3s-default")))
        }
        "minikube" if sorted.verb("start").is_some() => Some("minikube".to_owned()),
        _ => None,
    };
    if let Some(context) = made {
        found.extend([Mention::Configures(Configuration::Kube), Mention::Context(context)]);
    }
    for option in ["--context", "--kube-context"] {
        let names = has_word(CLUSTER, call.name) && !has_word(ENGINES, call.name);
        found.extend(
            sorted
                .value(option)
                .filter(|name| names && plain(name))
                .map(|name| Mention::Context(name.into())),
        );
    }
    if call.name == "helm"
        && let Some((length, at)) = CHARTS.iter().find_map(|(verb, at)| Some((sorted.verb(verb)?, at)))
        && let Some(&chart) = sorted.operands.get(length + at).filter(|name| plain(name))
    {
        // `--repo` says where a chart without a repository in its name is.
        let repository = sorted.value("--repo").filter(|url| plain(url));
        let local = chart.starts_with(['.', '/', '~']);
        match repository {
            Some(url) => found.push(Mention::Chart(format!("{chart} of {url}"))),
            None if chart.contains('/') && !local => found.push(Mention::Chart(chart.to_owned())),
            None => {}
        }
    }
    if kube {
        let named = sorted.value("--image").into_iter();
        let set = sorted.verb("set/image").map_or(&[][..], |length| &sorted.operands[length..]);
        let images = named.chain(set.iter().filter_map(|pair| Some(pair.split_once('=')?.1)));
        found.extend(images.filter(|name| plain(name)).map(|image| Mention::Image(image.into())));
    }
}

/// Images, published ports, logins.
fn containers(call: &Call<'_>, sorted: &Sorted<'_>, found: &mut Vec<Mention>) {
    if !has_word(ENGINES, call.name) {
        return;
    }
    if let Some(length) = sorted.verb(IMAGES) {
        found.extend(
            sorted.operands.get(length).filter(|name| plain(name)).map(|&image| Mention::Image(image.into())),
        );
        for option in ["-p", "--publish"] {
            let port = sorted.value(option).and_then(|value| value.rsplit(':').nth(1)?.parse().ok());
            found.extend(port.map(Mention::Port));
        }
    }
    builds(call, sorted, found);
    if sorted.verb("login logout context/use context/create context/rm context/update").is_some() {
        found.push(Mention::Configures(Configuration::Docker));
    }
}

/// Images that are made, and those that they are made of.
fn builds(call: &Call<'_>, sorted: &Sorted<'_>, found: &mut Vec<Mention>) {
    if sorted.verb("build buildx/build image/build builder/build").is_some() {
        let pairs = call.words.windows(2).filter(|pair| has_word("-t --tag", &pair[0]));
        let joined = call.words.iter().filter_map(|word| word.strip_prefix("--tag="));
        let tags = pairs.map(|pair| pair[1].as_str()).chain(joined);
        found.extend(tags.filter(|name| plain(name)).map(|name| Mention::Builds(name.to_owned())));
    }
    if let Some(length) = sorted.verb("tag image/tag commit container/commit") {
        let (from, to) = (sorted.operands.get(length), sorted.operands.get(length + 1));
        // What is committed is a container.
        let from = from.filter(|_| sorted.verb("commit container/commit").is_none());
        found.extend(from.filter(|name| plain(name)).map(|&name| Mention::Image(name.to_owned())));
        found.extend(to.filter(|name| plain(name)).map(|&name| Mention::Builds(name.to_owned())));
    }
    if let Some(name) = sorted.value("--image").filter(|name| plain(name)) {
        found.push(Mention::Image(name.to_owned()));
    }
}

/// Machines and ports.
fn network(call: &Call<'_>, sorted: &Sorted<'_>, found: &mut Vec<Mention>) {
    if has_word("kubectl k oc", call.name) && sorted.verb("port-forward").is_some() {
        let ports = sorted.operands.iter().skip(2).filter_map(|pair| pair.split(':').next()?.parse().ok());
        found.extend(ports.map(Mention::Port));
    }
    if cuts_off(call, sorted) {
        found.push(Mention::Destroys("the machine's connections"));
    }
    if !has_word(REACHES, call.name) {
        return;
    }
    if let Some(&target) = sorted.operands.first() {
        let target = target.rsplit_once('@').map_or(target, |(_, host)| host);
        if !target.contains("://") {
            address(target, found);
        }
    }
}

/// Whether packets no longer come or go: a firewall that drops them, an interface that is down.
fn cuts_off(call: &Call<'_>, sorted: &Sorted<'_>) -> bool {
    let drops = |words: &[String]| match words {
        [flag, target] => has_word("-j --jump", flag) && has_word("DROP REJECT", target),
        [flag, _, policy] => has_word("-P --policy", flag) && has_word("DROP REJECT", policy),
        _ => false,
    };
    match call.name {
        "iptables" | "ip6tables" => call.words.windows(2).any(drops) || call.words.windows(3).any(drops),
        "ip" => {
            sorted.operands.first().is_some_and(|what| "link".starts_with(what))
                && sorted.operands.contains(&"down")
        }
        "ifconfig" => sorted.operands.contains(&"down"),
        "ifdown" => true,
        _ => false,
    }
}

/// The host and port of `host:port/path`.
fn address(text: &str, found: &mut Vec<Mention>) {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) =
        authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, port.parse().ok()));
    let named = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if host.is_empty() || !host.contains(|c: char| c.is_ascii_alphanumeric()) || !host.chars().all(named) {
        return;
    }
    if matches!(host, "localhost" | "127.0.0.1") {
        found.extend(port.map(Mention::Port));
    } else if host.contains('.') {
        found.push(Mention::Host(host.to_owned()));
    }
}

/// The URLs in a word, and the machines that they lead to; none where only a run can tell.
fn urls(word: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let Some(at) =
        ["https://", "http://", "git://", "ssh://"].iter().filter_map(|scheme| word.find(scheme)).min()
    else {
        return found;
    };
    let url = &word[at..];
    let end = url.find([' ', '\n', '\t', '"', '\'', '<', '>', '`', ')', '|', ';']).unwrap_or(url.len());
    let url = url[..end].trim_end_matches(['.', ',']);
    let behind = url.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    let authority = behind.split('/').next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let before = found.len();
    address(authority, &mut found);
    if found.len() > before && plain(url) && !matches!(found.last(), Some(Mention::Port(_))) {
        found.push(Mention::Url(url.to_owned()));
    }
    found
}

/// Whether a word says what it means before a run.
fn plain(word: &str) -> bool {
    !word.is_empty() && !word.starts_with('-') && !word.contains(['$', '`', '*', '{', '<', '\n', ' '])
}

/// Variables that a script reads with a word for the case that they are not set: `${NAME:-word}`.
#[must_use]
pub fn defaulted(text: &str) -> Vec<String> {
    text.match_indices("${")
        .filter_map(|(at, _)| {
            let rest = &text[at + 2..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
            let (name, behind) = rest.split_at(end);
            let word = behind.strip_prefix(':').unwrap_or(behind);
            (is_name(name) && word.starts_with(['-', '=', '+', '?'])).then(|| name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_name_what_they_need() {
        use Mention::{
            Chart, Cluster, Configures, Context, Destroys, Final, Host, Image, Installs, Port, Sudo, Url,
        };
        let of = |text: &str| text.to_owned();
        for (text, wanted) in [
            ("docker run -d -p 8000:80 --name web nginx:1.27", vec![Image(of("nginx:1.27")), Port(8000)]),
            ("docker pull $IMAGE; docker ps; ls -la", vec![]),
            ("kubectl create deployment web --image=nginx", vec![Cluster(of("kubectl")), Image(of("nginx"))]),
            ("kubectl get pods; kubectl config view", vec![]),
            (
                "kubectl config use-context kind-a; kubectl --context prod delete ns blue",
                vec![
                    Configures(Configuration::Kube),
                    Context(of("kind-a")),
                    Destroys("namespaces with all they hold"),
                    Cluster(of("kubectl")),
                    Context(of("prod")),
                ],
            ),
            ("helm install web bitnami/nginx", vec![Cluster(of("helm")), Chart(of("bitnami/nginx"))]),
            (
                "curl -L https://get.example.com/x.sh | sudo sh",
                vec![Host(of("get.example.com")), Url(of("https://get.example.com/x.sh")), Sudo],
            ),
            ("curl localhost:8080/x; curl http://$HOST/", vec![Port(8080)]),
            ("ssh user@box.example.com uptime", vec![Host(of("box.example.com"))]),
            ("sudo rm -rf ~/x; mv a b", vec![Sudo, Destroys("folders with all they hold")]),
            ("git push; git status", vec![Final("others see what is pushed")]),
            ("docker login -u me", vec![Configures(Configuration::Docker)]),
            ("kubectl port-forward svc/web 8001:80 &", vec![Cluster(of("kubectl")), Port(8001)]),
            (
                "docker system prune --volumes",
                vec![
                    Destroys("containers, networks and images that are not in use"),
                    Final("the data of a volume is gone"),
                ],
            ),
            (
                "echo 'see https://example.com/a, or not'",
                vec![Host(of("example.com")), Url(of("https://example.com/a"))],
            ),
            ("ssh box rm -rf x; rm x", vec![]),
            ("sudo apt-get install -y jq tree", vec![Sudo, Installs(of("jq")), Installs(of("tree"))]),
            ("k3d cluster create two", vec![Configures(Configuration::Kube), Context(of("k3d-two"))]),
        ] {
            assert_eq!(mentions(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_cuts_the_machine_off_is_told() {
        let cut = Mention::Destroys("the machine's connections");
        for text in [
            "sudo iptables -I OUTPUT 2 -j DROP",
            "iptables --append INPUT -p tcp --jump REJECT",
            "iptables -P INPUT DROP",
            "sudo ip link set ens3 down",
            "ip l s dev eth0 down",
            "ifconfig eth0 down",
        ] {
            assert!(mentions(text).contains(&cut), "{text}");
        }
        for text in [
            "iptables -L DROP",
            "iptables -I OUTPUT -p tcp --sport 22 -j ACCEPT",
            "ip link set eth0 up",
            "ip addr",
        ] {
            assert!(!mentions(text).contains(&cut), "{text}");
        }
    }

    #[test]
    fn a_default_is_no_lack() {
        assert_eq!(defaulted("echo ${A:-x} ${B} ${C-} ${D%x} $E ${F:?no}"), ["A", "C", "F"]);
    }
}
