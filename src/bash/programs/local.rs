//! Programs of this machine: shells, editors, readers of files and of the system, servers in the foreground.

use super::{Program, Runs, Use, acts, around, as_inner, local, looks, waits};

const EDITS: &str = "opens an editor";
const PAGES: &str = "pages until it is quit";
const PROMPT: &str = "opens a prompt of its own";
const TYPED: &str = "reads what is typed";
const ASKS: &str = "asks a question";
const STAYS: &str = "shows changes until it is stopped";
const SERVES: &str = "serves until it is stopped";

/// Programs that run the command that follows: they are looked through.
pub(super) const WRAPPERS: &[Program] = &[
    wrapper(
        "sudo doas",
        0,
        "-u -g -h -p -C -r -t -U -T -D -R --user --group --host --prompt --chdir",
        &[
            acts("").with("-i -s --login --shell").at_most(0).shell(),
            looks("").with("-l -V").idle(),
            as_inner(""),
        ],
    ),
    wrapper("env", 0, "-u -C -S --unset --chdir", &[looks("").at_most(0), as_inner("")]),
    wrapper("timeout", 1, "-s -k --signal --kill-after", &[waits("")]),
    wrapper("xargs", 0, "-I -n -P -d -E -L -s -a --max-args --max-procs --delimiter", &[as_inner("")]),
    wrapper("watch", 0, "-n -q --interval", &[looks("").viewer(STAYS)]),
    wrapper("nice ionice taskset chrt", 0, "-n -c -p --adjustment", &[as_inner("")]),
    wrapper("stdbuf", 0, "-i -o -e", &[as_inner("")]),
    wrapper("time", 0, "-f -o --format --output", &[looks("").with("-V").idle(), as_inner("")]),
    wrapper(
        "nohup setsid command builtin unbuffer chronic",
        0,
        "",
        &[looks("").with("-v -V").idle(), as_inner("")],
    ),
    wrapper("exec", 0, "-a", &[around("")]),
];

/// Shells and other programs that take commands from the keyboard unless they are given some.
pub(super) const SHELLS: &[Program] = &[
    Program {
        valued: "-c -o -O --rcfile --init-file",
        runs: Runs::Script,
        ..local("bash sh dash ash ksh zsh", &[as_inner("").with("-c"), acts("").at_most(0).typed().shell()])
    },
    local("busybox", &[acts("sh ash hush").at_most(0).typed().shell()]),
    local("fish pwsh", &[acts("").unless("-c").at_most(0).typed().prompt()]),
    Program {
        valued: "-c -m -W -X",
        ..local(
            "python python2 python3 ipython",
            &[
                acts("").with("-m=http.server -m=SimpleHTTPServer").server(SERVES),
                looks("").with("-m=json.tool"),
                acts("").unless("-c -m").at_most(0).typed().prompt(),
            ],
        )
    },
    local(
        "node irb ruby perl php lua ghci gdb bc",
        &[acts("").unless("-e -p -c -i").at_most(0).typed().prompt()],
    ),
    local("su", &[acts("").unless("-c --command").typed().shell()]),
    local("newgrp", &[acts("").shell()]),
    Program {
        valued: "-L -S -f -c -s -n -t -x -y -F -e",
        ..local(
            "tmux",
            &[
                looks("ls list-sessions lsw list-windows lsp list-panes has has-session"),
                looks("").with("-V"),
                acts("").at_most(0).shell(),
                acts("new new-session").unless("-d").shell(),
                acts("attach attach-session at a").shell(),
            ],
        )
    },
    Program {
        valued: "-S -c -h -p -s -t -T",
        ..local(
            "screen",
            &[
                looks("").with("-l -v -w"),
                acts("").with("-m -X -Q"),
                acts("").with("-r -R -x").shell(),
                acts("").unless("-d -D").shell(),
            ],
        )
    },
    local("login mc", &[acts("").keyboard(PROMPT)]),
    local("read", &[acts("").typed().keyboard(TYPED)]),
];

/// Programs that end by themselves as a rule.
pub(super) const PROGRAMS: &[Program] = &[
    local("vi vim nvim nano emacs pico joe ed micro hx visudo vipw", &[acts("").keyboard(EDITS)]),
    local("less more most man info", &[looks("").viewer(PAGES)]),
    Program {
        valued: "-d -n -p -u -U -s -w",
        ..local(
            "top htop btop atop iotop glances",
            &[looks("").with("-b").unless("-n").viewer(STAYS), looks("").with("-b"), looks("").viewer(PAGES)],
        )
    },
    local("passwd chsh fdisk cfdisk dialog whiptail", &[acts("").typed().keyboard(ASKS)]),
    Program {
        valued: "-f -N -t -b -C -m",
        ..local("ssh-keygen", &[looks("").with("-l -F"), acts("").unless("-N").keyboard(ASKS)])
    },
    local("crontab", &[looks("").with("-l"), acts("").with("-e").keyboard(EDITS)]),
    // These read what they are given and print; without a file they read the keyboard.
    local(
        "cat tac nl od xxd hexdump strings rev fold fmt md5sum sha1sum sha256sum sha512sum cksum base64 base32",
        &[looks("").at_most(0).typed().keyboard(TYPED), looks("")],
    ),
    Program {
        valued: "-n -c -d -f -F -k -t -s -w -N -i -S -T",
        ..local("head cut paste column expand unexpand wc uniq tsort zcat bzcat xzcat", &[looks("")])
    },
    Program {
        valued: "-n -c -s --lines --bytes --pid",
        ..local("tail", &[looks("").with("-f -F --follow").viewer(STAYS), looks("")])
    },
    Program {
        valued: "-k -t -o -S -T --output",
        ..local("sort", &[acts("").with("-o --output"), looks("")])
    },
    local("grep egrep fgrep zgrep rg ag tr comm cmp diff colordiff join look", &[looks("")]),
    local("ls dir vdir tree stat file du df basename dirname realpath readlink pathchk", &[looks("")]),
    local(
        "echo printf true false : break continue test [ expr seq factor numfmt pwd type hash dirs jobs help caller",
        &[looks("")],
    ),
    local(
        "id groups who w whoami users last lastlog logname tty uname arch nproc uptime free ps pgrep pidof pstree \
        lsof lscpu lsblk lsmod lspci lsusb lsns blkid getconf getent locale printenv which whereis cal",
        &[looks("")],
    ),
    local("vmstat iostat", AT_INTERVALS),
    Program { valued: "-I -P -f -i -n -o -p -s -e", ..local("mpstat pidstat sar", AT_INTERVALS) },
    local("jq gojq jaq xq xmllint", &[acts("").with("-i --in-place"), looks("")]),
    Program { valued: "-f -v -F -e", ..local("yq", &[acts("").with("-i --inplace --in-place"), looks("")]) },
    Program {
        valued: "-e -f -l --expression --file",
        ..local("sed", &[acts("").with("-i --in-place"), looks("")])
    },
    Program {
        long_dash: true,
        ..local(
            "find",
            &[acts("").with("-delete -exec -execdir -ok -okdir -fprint -fprint0 -fprintf -fls"), looks("")],
        )
    },
    local("tee", &[looks("").at_most(0)]),
    Program {
        valued: "-d -r -f -I --date --reference",
        ..local("date", &[acts("").with("-s --set"), looks("")])
    },
    local("hostname domainname", &[looks("").at_most(0)]),
    local("mount swapon", &[looks("").at_most(0)]),
    local(
        "hostnamectl timedatectl loginctl localectl",
        &[looks("").at_most(0), looks("status show list-sessions list-users")],
    ),
    local(
        "dmesg",
        &[
            looks("").with("-w -W --follow --follow-new").viewer(STAYS),
            acts("").with("-c -C -n -D -E"),
            looks(""),
        ],
    ),
    Program {
        valued: "-u -n -o -S -U -t -p --unit --lines --output --since --until",
        ..local(
            "journalctl",
            &[
                looks("").with("-f --follow").viewer(STAYS),
                looks("").unless("--rotate --vacuum-size --vacuum-time --flush"),
            ],
        )
    },
    Program {
        valued: "-t -p -n -o -H --type --property --lines --output --host",
        ..local(
            "systemctl",
            &[
                acts("edit").keyboard(EDITS),
                looks(
                    "status show cat help is-active is-enabled is-failed is-system-running list-units list-unit-files \
            list-sockets list-timers list-dependencies list-jobs get-default show-environment",
                ),
            ],
        )
    },
    local("sysctl", &[acts("").with("-w -p --write --load --system"), looks("")]),
    Program {
        valued: "-t --table",
        ..local("iptables ip6tables ebtables", &[looks("").with("-L -S --list --list-rules")])
    },
    local("iptables-save ip6tables-save", &[looks("")]),
    Program { valued: "-c -t", ..local("ipvsadm conntrack", &[looks("").with("-l -L -S --list")]) },
    local("nft", &[looks("list")]),
    Program {
        long_dash: true,
        valued: "-f -n -family -netns",
        ..local(
            "ip",
            &[
                looks("a addr address r route l link n neigh neighbor rule maddr netns").at_most(0),
                looks(
                    "a/show addr/show address/show r/show route/show route/get r/get l/show link/show n/show neigh/show \
            rule/show a/list addr/list route/list link/list neigh/list rule/list netns/list a/ls addr/ls r/ls \
            route/ls l/ls link/ls n/ls neigh/ls netns/ls a/s addr/s r/s l/s n/s",
                ),
            ],
        )
    },
    local(
        "ifconfig arp route brctl",
        &[looks("").at_most(0), looks("show").at_most(0), looks("").with("-n").at_most(0)],
    ),
    local(
        "netstat ss",
        &[looks("").with("-c --continuous -E --events").viewer(STAYS), acts("").with("-K --kill"), looks("")],
    ),
    Program {
        long_dash: true,
        valued: "-in -CAfile -connect -servername -inform -purpose",
        ..local(
            "openssl",
            &[
                acts("").with("-out -keyout"),
                looks("x509 version verify asn1parse crl dgst s_client ciphers"),
                looks("req rsa ec pkey").with("-text -noout -modulus -pubout").unless("-new -newkey -x509"),
            ],
        )
    },
    local("awk gawk mawk", &[looks("")]),
    Program {
        valued: "-C -c --git-dir --work-tree",
        ..local(
            "git",
            &[
                acts("rebase add commit").with("-i --interactive -p --patch").keyboard(EDITS),
                acts("commit")
                    .unless("-m --message -F --file --no-edit -C -c --amend --dry-run")
                    .keyboard(EDITS),
                looks(
                    "status log diff show blame describe rev-parse ls-files ls-tree ls-remote shortlog cat-file grep \
            reflog rev-list whatchanged version help count-objects fsck check-ignore for-each-ref merge-base",
                ),
                looks("branch")
                    .unless("-d -D -m -M -c -C -f -u --delete --move --copy --force --set-upstream-to")
                    .at_most(0),
                looks("tag").unless("-d --delete").at_most(0),
                looks("remote stash/list stash/show remote/show remote/get-url").at_most(1).unless("-d"),
                looks("config").with("-l --list --get --get-all --get-regexp"),
            ],
        )
    },
    Program {
        long_dash: true,
        ..local(
            "terraform tofu",
            &[
                looks(
                    "version show output validate providers graph state/list state/show state/pull workspace/list \
            workspace/show",
                ),
                acts("console").typed().prompt(),
                acts("apply destroy").unless("-auto-approve --auto-approve -help").typed().keyboard(ASKS),
            ],
        )
    },
    local("kustomize", &[acts("").with("-o --output"), looks("build version cfg")]),
    local("capsh getpcaps getcap getfacl lsattr nproc numactl cpupower", &[looks("").at_most(1)]),
    // These wait.
    local("sleep", &[acts("infinity inf").server("never ends"), waits("")]),
    local("wait inotifywait", &[waits("").with("-m --monitor").viewer(STAYS), waits("")]),
    local("yes", &[looks("").viewer("never ends")]),
    local(
        "apt apt-get yum dnf",
        &[
            looks("list search show policy info"),
            acts("install remove upgrade dist-upgrade full-upgrade purge autoremove")
                .unless("-y -yq -qy --yes --assume-yes -s --dry-run")
                .typed()
                .keyboard(ASKS),
        ],
    ),
    local(
        "apt-cache apt-mark dpkg-query",
        &[looks("search show policy showpkg depends rdepends showhold"), looks("").with("-l -L -s -W -S")],
    ),
    local(
        "dpkg",
        &[looks("").with("-l -L -s -S -p --list --listfiles --status --search --print-architecture")],
    ),
    local("rpm", &[looks("").with("-q --query")]),
];

/// Servers that run in the foreground.
pub(super) const SERVERS: &[Program] = &[
    serves(
        "etcd dockerd containerd crio kubelet kube-apiserver kube-controller-manager kube-scheduler kube-proxy \
        cloud-controller-manager cilium-agent coredns",
    ),
    serves(
        "redis-server mongod mysqld postgres memcached rabbitmq-server minio prometheus alertmanager \
        node_exporter cadvisor traefik caddy haproxy envoy httpd lighttpd gunicorn uvicorn ngrok cloudflared",
    ),
    local("nginx", &[acts("").with("-g").server(SERVES)]),
    local(
        "npm yarn pnpm",
        &[acts("start run/start run/dev run/serve dev serve").server(SERVES), looks("ls list view outdated")],
    ),
    local("flask rails jekyll hugo mkdocs", &[acts("run server s serve").server(SERVES)]),
    local("skaffold tilt jupyter", &[acts("dev up notebook lab").server(SERVES)]),
    Program {
        valued: "-p -s -w -i -q",
        ..local(
            "nc ncat netcat",
            &[
                acts("").with("-l --listen").server("listens until it is stopped"),
                looks("").with("-z"),
                acts("").typed().keyboard(TYPED),
            ],
        )
    },
];

/// With an interval, and no count, these go on.
const AT_INTERVALS: &[Use] =
    &[acts("").with("-o"), looks("").at_most(0), looks("").at_most(1).viewer(STAYS), looks("")];

const fn wrapper(names: &'static str, before: usize, valued: &'static str, uses: &'static [Use]) -> Program {
    Program { runs: Runs::Command(before), valued, ..local(names, uses) }
}

const fn serves(names: &'static str) -> Program {
    const USES: &[Use] = &[looks("version help"), acts("").server(SERVES)];
    local(names, USES)
}
