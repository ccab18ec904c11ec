# shellcheck shell=bash
# What deploy/quickstart and tests/run share: words on stderr, packages, configuring, building. Sourced, never run.

say() { printf '%s\n' "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "root or sudo is needed for: $*"
  fi
}

# Packages that the programs, the sandbox and the tests are built with.
# shellcheck disable=SC2034  # used by those who source this
BUILD_PACKAGES=(
  ca-certificates ccache cmake curl g++ git mold ninja-build pkg-config python3
  libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libabsl-dev
  libcurl4-openssl-dev libssl-dev zlib1g-dev libnghttp2-dev libsqlite3-dev
  libjpeg62-turbo-dev libturbojpeg0-dev libpng-dev libwebp-dev libexif-dev libstb-dev
  libyaml-cpp-dev nlohmann-json3-dev libspdlog-dev libcli11-dev prometheus-cpp-dev
  libboost-dev libavformat-dev libavcodec-dev libswscale-dev libavutil-dev
  libgtest-dev libgmock-dev libbenchmark-dev)

# Prints those of the given packages that are not installed.
missing_packages() {
  local package installed
  installed=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' "$@" 2>/dev/null || true)"
  for package in "$@"; do
    [[ $installed == *" $package:installed "* ]] || printf '%s\n' "$package"
  done
}

# Installs what is missing; touches nothing, and needs neither root nor a network, when nothing is.
install_packages() {
  local missing log
  command -v dpkg-query >/dev/null || die "this needs Debian 12 (dpkg-query is not here)"
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  log=$(mktemp)
  if ! { as_root apt-get update &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get could not install: ${missing[*]}"
  fi
  rm -f "$log"
}

# configure DIR OPTION...: configures only when the options differ from last time; ninja itself looks after changed CMake files.
configure() {
  local dir=$1 stamp
  shift
  stamp=$dir/configured-with
  if [[ -f $dir/build.ninja && -f $stamp && $(<"$stamp") == "$*" ]]; then
    return 0
  fi
  mkdir -p "$dir"
  rm -f "$stamp"
  if ! cmake -S "$ROOT" -B "$dir" -G Ninja "$@" >"$dir/configure.log" 2>&1; then
    tail -n 40 "$dir/configure.log" >&2
    say "error: cmake failed; all of its words are in $dir/configure.log"
    return 1
  fi
  printf '%s' "$*" >"$stamp"
}

# build DIR [TARGET...]: shows every tenth part of the way, and all that is not a step.
build() {
  local dir=$1 jobs memory
  shift
  jobs=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo)
  ((memory >= 1)) || memory=1
  ((jobs <= memory)) || jobs=$memory
  cmake --build "$dir" --parallel "$jobs" ${1:+--target "$@"} 2>&1 | tee "$dir/build.log" | show_steps >&2
}

# A loop of the shell, because awk waits for more input before it says anything.
show_steps() {
  local line part shown=0
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      part=$((10 * BASH_REMATCH[1] / BASH_REMATCH[2]))
      ((part <= shown)) || printf '  built %s of %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
      shown=$((part > shown ? part : shown))
    elif [[ ! $line =~ ^ninja:\ (no\ work|Entering) ]]; then
      printf '%s\n' "$line"
    fi
  done
}

# What tests/run and deploy/quickstart build alike, so that one uses the work of the other.
# shellcheck disable=SC2034
DEFAULT_OPTIONS=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DZOETROPE_WERROR=ON)
