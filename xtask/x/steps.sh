# Steps with a title and the time since the start. Sourced by ./x; runs nothing by itself.

elapsed() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }

# step TITLE COMMAND…: says what begins, runs it, and ends everything with a clear line if it fails.
step() {
  local title=$1 status=0
  shift
  printf '\n── %s  [%s]\n' "$title" "$(elapsed)"
  "$@" || status=$?
  [ "$status" = 0 ] || fail "$title: ended with status $status (see above)"
}

# fail TEXT: the last thing ./x says when something did not work.
fail() {
  # Tests print what they counted even when one of them failed.
  if declare -F before_failure >/dev/null; then before_failure; fi
  printf '\n✗ %s\n' "$1" >&2
  if declare -F closing_line >/dev/null; then closing_line; fi
  exit 1
}
