//! Programs that ask a server: Kubernetes, containers, clouds, the network. Their failure may pass.

use super::{Program, Runs, acts, around, as_inner, local, looks, remote, waits};

const EDITS: &str = "opens an editor";
const ASKS: &str = "asks a question";
const TYPED: &str = "reads what is typed";
/// Images that serve where they are told nothing else.
const SERVERS: &str = "nginx httpd caddy traefik haproxy envoy registry redis valkey memcached postgres mysql mariadb mongo \
    couchdb influxdb elasticsearch opensearch rabbitmq nats consul etcd vault jenkins gitea ghost wordpress nextcloud \
    drupal grafana prometheus tomcat webui whoami echo-server";
const FOLLOWS: &str = "follows until it is stopped";
const FORWARDS: &str = "forwards until it is stopped";
const SERVES: &str = "serves until it is stopped";

/// Kubernetes and what comes with it.
pub(super) const CLUSTERS: &[Program] = &[
    Program {
        runs: Runs::RemoteBehindDashes("exec run debug"),
        ..remote(
            "kubectl k oc",
            "-n --namespace -l --selector -o --output -f --filename -c --container -s --server -p --patch -k \
             --context --kubeconfig --cluster --user --token --as --as-group --field-selector --sort-by --image \
             --replicas --port --target-port --name --type --for --timeout --from-file --from-literal --tail \
             --since --since-time --cache-dir --certificate-authority --request-timeout --overrides",
            &[
                acts("edit config/edit").keyboard(EDITS),
                acts("exec attach run debug").with("-t --tty").terminal(),
                acts("attach").terminal(),
                looks("get events").with("-w --watch --watch-only").viewer(FOLLOWS),
                looks("logs log").with("-f --follow").viewer(FOLLOWS),
                acts("port-forward").server(FORWARDS),
                acts("proxy").server(SERVES),
                waits("wait rollout/status"),
                as_inner("exec"),
                looks(
                    "get describe logs log explain events top diff options version api-resources api-versions \
                    cluster-info kustomize completion plugin auth/can-i auth/whoami rollout/history config/view \
                    config/get-contexts config/current-context config/get-clusters config/get-users convert",
                ),
                looks("").with("--dry-run"),
            ],
        )
    },
    remote("kubectx kubens", "", &[looks("").at_most(0)]),
    remote(
        "helm",
        "-n --namespace -o --output --kube-context --kubeconfig -f --values --version --repo --set --set-string \
        --set-file --timeout",
        &[
            looks(
                "list ls status history show/all show/chart show/values show/readme search/repo search/hub version \
            env template lint get/all get/hooks get/manifest get/notes get/values repo/list plugin/list \
            dependency/list",
            ),
            looks("").with("--dry-run"),
        ],
    ),
    remote(
        "flux",
        "-n --namespace --context --kubeconfig",
        &[
            looks("logs events").with("-f --follow").viewer(FOLLOWS),
            looks("get").with("-w --watch").viewer(FOLLOWS),
            looks("get logs events check version stats trace tree diff"),
            looks("create").with("--export"),
            looks("export"),
        ],
    ),
    remote(
        "argocd",
        "-n --server --auth-token --port-forward-namespace",
        &[
            acts("app/edit").keyboard(EDITS),
            acts("login").unless("--password --sso --core").keyboard(ASKS),
            waits("app/wait"),
            looks(
                "app/list app/get app/diff app/history app/manifests app/logs app/resources cluster/list repo/list \
            proj/list version account/list context",
            ),
        ],
    ),
    remote("stern kail kubetail", "", &[looks("").with("--no-follow"), looks("").viewer(FOLLOWS)]),
    remote("k9s lazydocker ctop dive", "", &[acts("").keyboard("fills the terminal")]),
    remote(
        "istioctl linkerd cilium hubble",
        "-n --namespace",
        &[
            waits("").with("--wait"),
            acts("dashboard viz/dashboard").server(SERVES),
            looks("top viz/top viz/tap tap observe").with("-f --follow").viewer(FOLLOWS),
            looks("top viz/top viz/tap tap").viewer(FOLLOWS),
            looks(
                "check version status proxy-status analyze stat edges viz/stat viz/edges viz/check observe list",
            ),
            looks("connectivity/test"),
        ],
    ),
    remote("cmctl", "", &[waits("").with("--wait"), looks("status check version")]),
    remote(
        "velero",
        "-n --namespace",
        &[looks("get describe version backup/get backup/describe backup/logs restore/get restore/describe")],
    ),
    remote(
        "etcdctl",
        "--endpoints --cacert --cert --key",
        &[
            looks("watch").viewer(FOLLOWS),
            acts("snapshot/restore"),
            looks(
                "get member/list endpoint/health endpoint/status version ls cluster-health alarm/list check/perf \
            snapshot/status",
            ),
        ],
    ),
    remote(
        "consul nomad vault",
        "",
        &[
            acts("agent server").server(SERVES),
            looks("monitor").viewer(FOLLOWS),
            looks("members version status catalog/nodes catalog/services kv/get info"),
        ],
    ),
    local(
        "minikube kind k3d kubeadm eksctl",
        &[
            acts("dashboard tunnel mount").server(SERVES),
            acts("ssh").at_most(0).shell(),
            looks(
                "status ip version profile/list service/list node/list get cluster/list token/list config/images/list \
            config/print certs/check-expiration",
            ),
        ],
    ),
];

/// Containers, their images and registries.
pub(super) const CONTAINERS: &[Program] = &[
    Program {
        runs: Runs::Remote(
            "run exec create container/run container/exec container/create compose/run compose/exec service/create",
        ),
        ..remote(
            "docker podman nerdctl",
            // Options of the program itself, then those of `run`, `exec` and `service create`.
            "-H --host -c --context --config -l --log-level -f --filter --format --file --project-name --profile \
             -n --tail --since --until -u --user -p --publish --password --username -v --volume -e --env --env-file \
             -w --workdir -h --hostname --name --network --net --network-alias --ip --link --label --mount --tmpfs \
             --entrypoint --memory -m --memory-swap --cpus --cpu-shares --cpuset-cpus --ulimit --restart \
             --restart-condition --log-driver --log-opt --dns --add-host --cap-add --cap-drop --device --gpus \
             --pid --ipc --uts --userns --security-opt --shm-size --stop-signal --stop-timeout --platform --pull \
             --cgroup-parent --cgroupns --volumes-from --volume-driver --runtime --isolation --cidfile --expose \
             --group-add --health-cmd --sysctl --detach-keys --replicas --constraint --mode --secret \
             --endpoint-mode --update-delay --update-parallelism --limit-memory --reserve-memory --attach",
            &[
                acts("run exec container/run container/exec compose/run")
                    .with("-t --tty")
                    .unless("-d --detach")
                    .terminal(),
                acts("run exec start container/run container/exec container/start compose/run")
                    .with("-i --interactive")
                    .unless("-d --detach")
                    .typed()
                    .keyboard(TYPED),
                acts("attach container/attach").terminal(),
                acts("compose/exec").unless("-T -d --no-TTY --detach").terminal(),
                acts("login").unless("-p --password --password-stdin").typed().keyboard(ASKS),
                acts("swarm/unlock").typed().keyboard(ASKS),
                acts("system/prune volume/prune image/prune container/prune network/prune builder/prune")
                    .unless("-f --force")
                    .typed()
                    .keyboard(ASKS),
                acts("compose/up").unless("-d --detach --wait --no-start").server(SERVES),
                waits("wait container/wait compose/wait"),
                looks("logs container/logs service/logs compose/logs").with("-f --follow").viewer(FOLLOWS),
                looks("stats container/stats").unless("--no-stream").viewer(FOLLOWS),
                looks("events system/events compose/events").unless("--until").viewer(FOLLOWS),
                acts("run container/run").unless("-d --detach").at_most(1).image(SERVERS).server(SERVES),
                acts("run container/run").unless("-d --detach").at_most(1).image("clock").viewer(FOLLOWS),
                as_inner("exec container/exec"),
                around("run container/run compose/run").unless("-d --detach"),
                acts("swarm/join-token").with("--rotate"),
                looks(
                    "ps images inspect logs version info history top port diff search stats events help \
                    container/ls container/ps container/list container/inspect container/logs container/top \
                    container/port container/diff container/stats image/ls image/list image/inspect image/history \
                    network/ls network/list network/inspect volume/ls volume/list volume/inspect service/ls \
                    service/ps service/inspect service/logs node/ls node/ps node/inspect stack/ls stack/ps \
                    stack/services secret/ls secret/inspect config/ls config/inspect swarm/join-token \
                    swarm/unlock-key system/df system/info system/events context/ls context/show context/inspect \
                    manifest/inspect buildx/ls buildx/inspect buildx/version plugin/ls plugin/inspect",
                ),
                looks(
                    "compose/ps compose/logs compose/images compose/config compose/top compose/port compose/ls \
                    compose/version compose/events",
                ),
            ],
        )
    },
    Program {
        runs: Runs::Remote("run exec"),
        ..remote(
            "docker-compose podman-compose",
            "-f --file -p --project-name --profile --env-file --project-directory -H --host -u --user -e --env -w \
             --workdir --name --entrypoint --index --tail -l --label -v --volume --publish --scale -t --timeout",
            &[
                acts("up").unless("-d --detach --wait --no-start").server(SERVES),
                acts("exec").unless("-T -d --no-TTY --detach").terminal(),
                acts("run").unless("-T -d --no-TTY --detach").typed().terminal(),
                looks("logs").with("-f --follow").viewer(FOLLOWS),
                looks("events").viewer(FOLLOWS),
                as_inner("exec"),
                looks("ps logs images config top port version ls help"),
                looks("").with("-v").at_most(0),
            ],
        )
    },
    remote(
        "docker-machine",
        "",
        &[
            acts("ssh").at_most(1).shell(),
            looks("ls ip env inspect status url version active config"),
            looks("").with("-v").at_most(0),
        ],
    ),
    remote(
        "crictl",
        "-r --runtime-endpoint -i --image-endpoint",
        &[
            looks("logs").with("-f --follow").viewer(FOLLOWS),
            acts("exec").with("-t -i --tty --interactive").terminal(),
            looks("ps images img inspect inspecti inspectp logs pods version info stats statsp"),
        ],
    ),
    remote(
        "ctr",
        "-n --namespace -a --address",
        &[looks(
            "version info images/ls i/ls containers/ls c/ls tasks/ls t/ls namespaces/ls ns/ls content/ls snapshots/ls",
        )],
    ),
    remote("skopeo", "--authfile --creds --tls-verify", &[looks("inspect list-tags")]),
    remote(
        "crane regctl oras",
        "",
        &[looks(
            "ls manifest digest catalog config version repo/ls tag/ls manifest/get repo/tags manifest/fetch",
        )],
    ),
    remote(
        "trivy grype syft cosign",
        "",
        &[acts("").with("-o --output"), looks("image version verify tree fs repo")],
    ),
];

/// The network, databases and clouds.
pub(super) const NETWORK: &[Program] = &[
    remote(
        "curl",
        "-o --output -X --request -H --header -d --data --data-raw --data-binary --data-urlencode --json -F --form \
         -T --upload-file -u --user -A --user-agent -e --referer -b --cookie -c --cookie-jar -D --dump-header -K \
         --config -m --max-time -w --write-out -x --proxy -E --cert --key --cacert --capath --connect-timeout \
         --resolve --connect-to --retry --retry-delay --retry-max-time --interface --unix-socket --limit-rate -r \
         --range -C --continue-at -Q --quote -t --telnet-option -y -Y -z --url --noproxy",
        &[
            acts("").with("-d --data --data-raw --data-binary --data-urlencode --json -F --form -T --upload-file -Q --quote")
                .unless("-G --get"),
            acts("").with("-o --output -O --remote-name --remote-name-all -J -X --request -c --cookie-jar -D --dump-header -K --config"),
            looks(""),
        ],
    ),
    remote("wget", "-O --output-document -o --output-file -P --directory-prefix -U --user-agent -T --timeout -t --tries --header -e", &[
        acts("").with("--post-data --post-file --method -o --output-file -a"),
        looks("").with("--spider -O=- -O=/dev/null --output-document=- --output-document=/dev/null"),
    ]),
    remote("http https httpie xh", "-a --auth -o --output -s --style", &[acts("POST PUT DELETE PATCH post put delete patch"), looks("").at_most(1).unless("-o --output -d --download")]),
    remote("dig nslookup host drill ping6 traceroute tracepath mtr whois arping", "-p -c -t -n -w -W -i -I", &[
        looks("").with("--report -r -c"),
        looks(""),
    ]),
    remote("ping", "-c -i -w -W -s -I -t", &[looks("").with("-c -w"), looks("").viewer(FOLLOWS)]),
    remote("httping fping", "-c -i -t", &[looks("").with("-c"), looks("").viewer(FOLLOWS)]),
    remote("tcpdump ngrep tshark", "-i -w -c -d -n -s", &[looks("").with("-c").unless("-w"), acts("").viewer(FOLLOWS)]),
    Program {
        runs: Runs::RemoteScript(1),
        ..remote(
"ssh", "-i -p -l -o -L -R -D -J -F -E -c -m -b -B -e -I -O -Q -S -W", &[
            acts("").with("-N").unless("-f").server(FORWARDS),
            acts("").with("-t").terminal(),
            acts("").unless("-f -N").at_most(1).typed().shell(),
            acts("").at_most(1),
            as_inner(""),
        ])
    },
    remote("telnet ftp sftp", "", &[acts("").typed().prompt()]),
    remote("psql mysql mariadb mongo mongosh sqlite3 clickhouse-client", "-h -p -U -u -d -a -n -P --host --port --user", &[
        looks("").with("-l --list"),
        acts("").with("-c -e -f --command --execute --eval --file"),
        acts("").at_most(1).typed().prompt(),
    ]),
    remote("redis-cli", "-h -p -a -n -u --user --pass", &[acts("").at_most(0).typed().prompt()]),
    remote("vagrant", "", &[acts("ssh").unless("-c --command").shell(), looks("status global-status version")]),
    remote("aws", "--region --profile --output --query --endpoint-url", &[
        acts("configure").at_most(0).typed().keyboard(ASKS),
        looks("sts/get-caller-identity s3/ls eks/list-clusters eks/describe-cluster ec2/describe-instances \
            iam/list-users iam/list-roles ecr/describe-repositories sts/get-session-token configure/list"),
    ]),
    remote("gcloud az doctl scw civo linode-cli hcloud exo", "--project --region --zone -o --output --format", &[
        looks("version info account/show account/list config/list config/get-value projects/list \
            container/clusters/list compute/instances/list aks/list k8s/cluster/list kubernetes/cluster/list"),
    ]),
    remote("systemd-resolve resolvectl chronyc ntpq", "", &[looks("status query tracking sources").at_most(1)]),
];
