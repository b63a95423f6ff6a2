#!/bin/sh
# Writes the fixtures anew; see README.md.
set -eu
cd "$(dirname "$0")"
rm -f key-*.txt *.enc *.enc.* *.plain *.plain.*
for name in one two other; do age-keygen -o "key-$name.txt" 2>/dev/null; done
age-keygen -pq -o key-hybrid.txt 2>/dev/null
one=$(age-keygen -y key-one.txt)
two=$(age-keygen -y key-two.txt)
hybrid=$(age-keygen -y key-hybrid.txt)
chmod 644 key-*.txt
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# encrypt NAME EXTENSION ARGUMENTS...: from standard input
encrypt() {
  name=$1 extension=$2
  shift 2
  cat >"$work/$name.$extension"
  case $extension in
  yaml | json | env | ini) to=$name.enc.$extension back=$name.plain.$extension ;;
  *) to=$name.$extension.enc back=$name.$extension.plain ;;
  esac
  sops --config "$work/none.yaml" "$@" "$work/$name.$extension" >"$to"
  SOPS_AGE_KEY="$(cat key-one.txt key-two.txt key-hybrid.txt)" sops --decrypt --input-type "$type" --output-type "$type" "$to" >"$back"
}
printf 'creation_rules:\n  - {}\n' >"$work/none.yaml"
yaml() { type=yaml; name=$1; shift; encrypt "$name" yaml --encrypt "$@"; }

yaml secret --age "$one" --encrypted-regex '^(data|stringData)$' <<'E'
# The login of the shop.
apiVersion: v1
kind: Secret
metadata:
    name: login
    labels:
        app: shop
type: Opaque
stringData:
    # not the root user
    username: shop
    password: "correct horse\tbattery\nstaple \U0001F40E \u2028 \x7f \"quoted\""
    pin: "4711"
    empty: ""
E

yaml values --age "$one" <<'E'
database:
    host: db.example.org
    port: 5432
    ratio: 0.1
    tiny: 1e-07
    huge: 1e+23
    negative: -17
    tls: true
    debug: false
    since: 2024-02-29T12:30:00.5Z
    day: 2024-02-29
    none: null
    word: "yes"
    octal: "0755"
    users:
        - name: reader
          password: hunter2
        - name: writer # inline
          password: hunter3
    names: [one, two, 3, 4.5, true]
    nested:
        - - deep
          - deeper
    empty_list: []
    empty_map: {}
    note_unencrypted: 0755
    hex_unencrypted: 0xff
    rate_unencrypted: 1e+23
    half_unencrypted: 1.50
    tls_unencrypted: true
    word_unencrypted: "true"
    at_unencrypted: 2024-02-29
    raw_unencrypted: !!binary aGVsbG8=
    block_unencrypted: |
        first
          second
    "with:colon": colon
    "a/b~c": slash
    raw: !!binary /wD+
# the end
E

documents() {
  cat <<'E'
apiVersion: v1
kind: Secret
metadata:
    name: first
data:
    a: Zmlyc3Q=
---
apiVersion: v1
kind: ConfigMap
metadata:
    name: between
immutable: false
count: 12
---
apiVersion: v1
kind: Secret
metadata:
    name: second
data:
    b: c2Vjb25k
E
}
documents | yaml documents --age "$one" --encrypted-regex '^(data|stringData)$'
documents | yaml mac-only --age "$one" --encrypted-regex '^(data|stringData)$' --mac-only-encrypted
documents | yaml two-recipients --age "$two,$one" --encrypted-regex '^data$'
documents | yaml hybrid --age "$hybrid" --encrypted-regex '^data$'
documents | yaml wholly --age "$one"

yaml encrypted-suffix --age "$one" --encrypted-suffix _secret <<'E'
public: 1
password_secret: hunter2
map_secret:
    inner: 17
E
yaml unencrypted-suffix --age "$one" --unencrypted-suffix _plain <<'E'
password: hunter2
host_plain: db
E
yaml unencrypted-regex --age "$one" --unencrypted-regex '^(apiVersion|kind|metadata|spec)$' <<'E'
apiVersion: example.org/v1
kind: Vault
metadata:
    name: shop
    generation: 7
spec:
    size: 1.50
secret:
    token: hunter2
E

type=json
encrypt config json --encrypt --age "$one" <<'E'
{"host":"db","port":5432,"big":9007199254740993,"float":1.5,"tiny":1e-7,"tls":true,"off":false,"none":null,
"list":["a",1,{"b":"c"}],"password":"hunter2 \u2028 \ud83d\udc0e \"q\" \/","plain_unencrypted":12.50,"huge_unencrypted":1e+23}
E
type=dotenv
encrypt login env --encrypt --age "$one" <<'E'
# users
USER=shop
PASSWORD=correct=horse\nsecond line
EMPTY=
PORT=5432
PLAIN_unencrypted=open
E
type=binary
encrypt site conf --encrypt --age "$one" <<'E'
listen 80;
# password hunter2
E
head -c 300 /dev/urandom | encrypt blob bin --encrypt --age "$one"
type=ini
encrypt login ini --encrypt --age "$one" <<'E'
[login]
user=shop
password=hunter2
E

# What must be found nowhere, in every place where a file can be encrypted: test/e2e looks for "canary-sops-".
yaml canary --age "$one" --encrypted-regex '^(data|stringData)$' <<'E'
apiVersion: v1
kind: Secret
metadata:
    name: sops-login
stringData:
    password: canary-sops-secret-5d1f
    pin: "4711"
---
apiVersion: v1
kind: ConfigMap
metadata:
    name: sops-settings
data:
    token: canary-sops-configmap-77ac
    pin: "4711"
E
yaml canary-values --age "$one" --encrypted-regex '^secret$' <<'E'
replicas: 1
secret:
    token: canary-sops-values-c0de
    pin: "4711"
E
type=dotenv
encrypt canary env --encrypt --age "$one" <<'E'
TOKEN=canary-sops-dotenv-91b2
PIN=4711
E

# What cannot be read: split keys, rules by comment.
cat >"$work/rules.yaml" <<E
creation_rules:
  - path_regex: split
    shamir_threshold: 2
    key_groups: [{ age: [$one] }, { age: [$two] }]
  - path_regex: one-group
    key_groups: [{ age: [$one] }]
  - path_regex: comment
    encrypted_comment_regex: sops:enc
    age: $one
E
for name in split one-group; do
  documents >"$work/$name.yaml"
  sops --config "$work/rules.yaml" --encrypt "$work/$name.yaml" >"$name.enc.yaml"
done
printf '# sops:enc\na: hunter2\nb: c\n' >"$work/comment.yaml"
sops --config "$work/rules.yaml" --encrypt "$work/comment.yaml" >comment.enc.yaml
