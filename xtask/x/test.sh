# All tests, with one count at the end. Sourced by ./x; runs nothing by itself.

logs=target/test-logs
passed=0
failed=0
summary=()

# What the tests of the page in a browser, and the tests that start the real processes, find here: the debug build.
run_all_tests() {
  trap 'closing_line; exit 130' INT
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
  counted "audio callbacks under RealtimeSanitizer" test_under_sanitizer
  counted "page: journeys in Chromium" npm run --silent journeys --prefix $web
  closing_line
}

lint_contracts() {
  local architecture
  case "$(uname -m)" in aarch64) architecture=aarch64 ;; *) architecture=x64 ;; esac
  "$web/node_modules/@bufbuild/buf-linux-$architecture/bin/buf" lint chorus/proto
}

# Aborts at a call that may wait, allocate or take a lock inside an audio callback. The sanitizer's library comes with the
# toolchain. Built apart: it must not replace the programs that the other tests start.
test_under_sanitizer() {
  local library
  library="$(rustc --print sysroot)/lib/rustlib/$(rustc --print host-tuple)/lib/librustc-stable_rt.rtsan.a"
  [ -f "$library" ] || fail "this Rust has no RealtimeSanitizer ($library)"
  mkdir -p target/rtsan/debug
  # Plugins run in processes of their own, outside what is watched here.
  ln -sf "$PWD/target/debug/loophole-sandbox" "$PWD"/target/debug/*.so target/rtsan/debug/
  RTSAN_ENABLE=1 RTSAN_LIB_PATH=$library \
    cargo test --target-dir target/rtsan --package signal-engine --features rtsan --test it
}

# checked TITLE COMMAND…: a step that holds or not.
checked() {
  step "$@"
  summary+=("✓ $1")
}

# counted TITLE COMMAND…: a step that says how many tests passed and failed.
counted() {
  current_title=$1
  current_log=$logs/${1//[^[:alnum:]]/-}.log
  shift
  step "$current_title" logged "$@"
  add_counts
}

logged() { "$@" | tee "$current_log"; }

# A failing step leaves by way of `fail`; what it counted belongs to the total all the same, and a step that counts
# nothing counts as one, so that the closing line never looks like success.
before_failure() {
  if [ -n "${current_log:-}" ]; then add_counts; fi
  if [ "$failed" = 0 ]; then failed=1; fi
}

# Reads the totals that cargo ("test result: ok. 3 passed; 0 failed"), Vitest ("Tests  1 failed | 3 passed (4)") and
# Node's runner ("# pass 3") print. A step without a test is a failure of the step.
add_counts() {
  local plain pass fail
  plain=$(sed 's/\x1b\[[0-9;]*m//g' "$current_log" |
    grep -E '^test result: |^ *Tests +[0-9]|^(#|ℹ) (pass|fail) [0-9]+$' || true)
  pass=$(total '[0-9]+ passed|(#|ℹ) pass [0-9]+' <<<"$plain")
  fail=$(total '[0-9]+ failed|(#|ℹ) fail [0-9]+' <<<"$plain")
  current_log=
  passed=$((passed + pass))
  failed=$((failed + fail))
  summary+=("$([ "$fail" = 0 ] && echo ✓ || echo ✗) $current_title: $pass passed, $fail failed")
  if [ "$((pass + fail))" = 0 ]; then fail "$current_title: not one test ran"; fi
}

total() { { grep -oE "$1" || true; } | { grep -oE '[0-9]+' || true; } | awk '{ sum += $1 } END { print sum + 0 }'; }

closing_line() {
  printf '\n── Summary  [%s]\n' "$(elapsed)"
  printf '%s\n' "${summary[@]}"
  printf '%d passed, %d failed\n' "$passed" "$failed"
}
