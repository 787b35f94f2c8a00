# Steps with a title and the time since the start. Sourced by ./x; runs nothing by itself.

elapsed() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }

heading() { printf '\n── %s  [%s]\n' "$1" "$(elapsed)"; }

# step TITLE COMMAND…: says what begins, runs it, and ends everything with a clear line if it fails.
step() {
  local title=$1 status=0
  shift
  heading "$title"
  "$@" || status=$?
  [ "$status" = 0 ] || fail "$title: ended with status $status (see above)"
}

# fail TEXT: the last thing ./x says when something did not work.
fail() {
  printf '\n✗ %s\n' "$1" >&2
  # Tests print what they counted up to here.
  if declare -F tests_broken_off >/dev/null; then tests_broken_off "$1"; fi
  exit 1
}
