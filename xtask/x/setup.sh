# Installs what is missing: system packages, a Node that can build the page, the page's own packages; and builds.
# Sourced by ./x; runs nothing by itself and touches nothing outside the system's packages and this folder.

node_major_needed=22
web=aura/web
tools=$PWD/.tools
# Programs find the page from where they are built, so that place is fixed.
export CARGO_TARGET_DIR=$PWD/target

setup_to_run() {
  need_cargo
  need_packages gcc libc6-dev zam-plugins
  need_node
  need_web_packages
}

setup_to_test() {
  need_cargo
  need_packages gcc libc6-dev zam-plugins jackd2 libasound2-plugins pipewire pipewire-bin pipewire-jack chromium openttd-openmsx mma \
    sonic-pi-samples strace
  need_node
  need_web_packages
}

# The benchmarks mix beside other programs.
setup_to_bench() {
  setup_to_test
  need_packages ecasound sox
}

need_cargo() {
  if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH=$HOME/.cargo/bin:$PATH; fi
  command -v cargo >/dev/null || fail "cargo is missing: install Rust as https://rustup.rs says, then run this again"
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need_packages NAME…: installs those that are not there, and asks apt nothing if all are.
need_packages() {
  local package missing=()
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian: install what corresponds to these packages yourself: $*"
    return
  fi
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} = 0 ] || step "Installing ${missing[*]}" install_packages "${missing[@]}"
}

install_packages() {
  local root=()
  if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then
      root=(sudo -n)
    elif command -v sudo >/dev/null && [ -t 0 ]; then
      root=(sudo)
    else
      echo "Root's rights are needed. Run this, then ./x again:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends $*" >&2
      return 1
    fi
  fi
  # Lists that are missing or old are the two reasons to fetch them; the second shows by a failed installation.
  if ! apt-cache show "$@" >/dev/null 2>&1; then "${root[@]}" apt-get update -q; fi
  apt_install "$@" || { "${root[@]}" apt-get update -q && apt_install "$@"; }
}

apt_install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

node_is_new_enough() {
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge "$node_major_needed" ]
}

# Puts a Node that can build the page first in PATH.
need_node() {
  export PATH=$tools/node_modules/.bin:$PATH
  if node_is_new_enough && command -v npm >/dev/null; then return; fi
  command -v npm >/dev/null || need_packages nodejs npm
  step "Fetching Node $node_major_needed into .tools" fetch_node
  hash -r
  node_is_new_enough || fail "the Node in .tools does not run: remove .tools and try again"
}

# npm comes along, because Debian's own finds its parts only with Debian's node.
fetch_node() {
  mkdir -p "$tools"
  npm install --prefix "$tools" --no-audit --no-fund --loglevel=error "node@$node_major_needed" npm@10
}

# The page's packages, again only after its lock file has changed.
need_web_packages() {
  [ -f $web/package-lock.json ] || return 0
  local stamp=$web/node_modules/.installed
  cmp -s $web/package-lock.json $stamp || step "Installing the page's packages" install_web_packages "$stamp"
}

install_web_packages() {
  npm ci --prefix $web --no-audit --no-fund --loglevel=error && cp $web/package-lock.json "$1"
}

# The page, again only after something it is made of has changed. A removed file changes its folder's time.
need_page() {
  local stamp=$web/node_modules/.built
  if [ -f $stamp ] && [ -f $web/dist/index.html ] && [ -z "$(newer_page_sources $stamp)" ]; then return; fi
  step "Building the page" npm run --silent build --prefix $web
  touch $stamp
}

newer_page_sources() {
  find $web chorus/proto \( -name node_modules -o -name dist -o -name generated \) -prune -o -newer "$1" -print -quit
}

build_release() {
  need_page
  step "Building the programs" cargo build --release
}
