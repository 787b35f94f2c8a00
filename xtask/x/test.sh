# All tests, with one count at the end. Sourced by ./x; runs nothing by itself.

logs=target/test-logs
passed=0
failed=0
summary=()

# What the tests of the page in a browser, and the tests that start the real processes, find here: the debug build.
run_all_tests() {
  trap 'closing_line || true; exit 130' INT
  mkdir -p $logs
  checked "formatting" cargo fmt --all --check
  checked "contracts (buf lint)" lint_contracts
  # With all targets, since then the programs are built with the very features that the tests use.
  step "Building everything" cargo build --workspace --all-targets
  checked "lints (clippy)" cargo clippy --quiet --workspace --all-targets -- -D warnings
  need_page
  checked "page: types and lint" npm run --silent check --prefix $web
  counted "page: unit tests" npm test --silent --prefix $web
  counted "Rust tests" cargo test --workspace --no-fail-fast
  counted "audio callbacks under RealtimeSanitizer" target/debug/xtask rtsan
  counted "page: journeys in Chromium" npm run --silent journeys --prefix $web
  closing_line
}

lint_contracts() {
  local architecture
  case "$(uname -m)" in aarch64) architecture=aarch64 ;; *) architecture=x64 ;; esac
  "$web/node_modules/@bufbuild/buf-linux-$architecture/bin/buf" lint chorus/proto
}

# checked TITLE COMMAND…: a step that holds or not. The others run all the same, so that one run tells all that is wrong.
checked() {
  local title=$1
  shift
  heading "$title"
  if "$@"; then summary+=("✓ $title"); else not_held "$title"; fi
}

# counted TITLE COMMAND…: a step that says how many tests passed and failed.
counted() {
  local title=$1 log=$logs/${1//[^[:alnum:]]/-}.log status=0
  shift
  heading "$title"
  "$@" | tee "$log" || status=$?
  add_counts "$title" "$log" "$status"
}

not_held() {
  summary+=("✗ $1")
  failed=$((failed + 1))
}

# What `fail` calls: a step that the others stand on did not work.
tests_broken_off() {
  not_held "$1"
  closing_line || true
}

# add_counts TITLE LOG STATUS: reads the totals that cargo ("test result: ok. 3 passed; 0 failed"), Vitest ("Tests  1 failed
# | 3 passed (4)") and Node's runner ("# pass 3") print. A step without a test, or one that failed and counts no failure,
# counts as a failure, so that the closing line never looks like success.
add_counts() {
  local plain pass fail
  plain=$(sed 's/\x1b\[[0-9;]*m//g' "$2" |
    grep -E '^test result: |^ *Tests +[0-9]|^(#|ℹ) (pass|fail) [0-9]+$' || true)
  pass=$(total '[0-9]+ passed|(#|ℹ) pass [0-9]+' <<<"$plain")
  fail=$(total '[0-9]+ failed|(#|ℹ) fail [0-9]+' <<<"$plain")
  passed=$((passed + pass))
  failed=$((failed + fail))
  if [ "$fail" -gt 0 ]; then
    summary+=("✗ $1: $pass passed, $fail failed")
  elif [ "$3" != 0 ] || [ "$pass" = 0 ]; then
    not_held "$1: $pass passed, ended with status $3"
  else
    summary+=("✓ $1: $pass passed")
  fi
}

total() { { grep -oE "$1" || true; } | { grep -oE '[0-9]+' || true; } | awk '{ sum += $1 } END { print sum + 0 }'; }

# The totals; fails if anything did.
closing_line() {
  printf '\n── Summary  [%s]\n' "$(elapsed)"
  printf '%s\n' "${summary[@]}"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" = 0 ]
}
