// One workflow of each kind that keeps the policy: the tests break them one edit at a time.

/** A commit that is none. */
export const PIN = "0123456789abcdef0123456789abcdef01234567";
/** The reviewed side of a pull request. */
export const BASE = "${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha }}";

/** For pull requests: the base's harness, the head as an argument. */
export const PULL = `name: pr-emulate
on:
  pull_request:
    branches: [main]
    paths: ["vendors/**"]
permissions: {}
concurrency:
  group: pr
  cancel-in-progress: true
defaults:
  run:
    shell: bash
jobs:
  check:
    name: Check
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions:
      contents: read
    defaults:
      run:
        working-directory: base
    steps:
      - name: Base
        uses: actions/checkout@${PIN} # v7.0.1
        with:
          ref: ${BASE}
          path: base
          persist-credentials: false
      - name: Head
        uses: actions/checkout@${PIN} # v7.0.1
        with:
          ref: \${{ github.event.pull_request.head.sha }}
          path: head
          persist-credentials: false
      - name: Node
        uses: actions/setup-node@${PIN} # v7.0.0
        with:
          package-manager-cache: false
      - name: Check
        run: npx --no openxpu check "../head/$SUBMISSION"
        env:
          SUBMISSION: \${{ github.event.pull_request.title }}
      - name: Upload
        if: \${{ !cancelled() }}
        uses: actions/upload-artifact@${PIN} # v7.0.0
        with:
          path: \${{ runner.temp }}/evidence
`;

/** With rights: the default branch, and nothing that was typed. */
export const RECONCILE = `name: reconcile
on:
  workflow_run:
    workflows: [pr-emulate]
  issue_comment:
  schedule:
    - cron: "0 0 * * *"
permissions: {}
concurrency:
  group: reconcile
  cancel-in-progress: false
defaults:
  run:
    shell: bash
jobs:
  reconcile:
    name: Reconcile
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: write
    steps:
      - name: Main
        uses: actions/checkout@${PIN} # v7.0.1
        with:
          ref: main
          persist-credentials: false
      - name: Reconcile
        run: npx --no openxpu vote reconcile
        env:
          GITHUB_TOKEN: \${{ secrets.GITHUB_TOKEN }}
`;

/** On machines of vendors: planned, approved, by hand. */
export const DEVICE = `name: pr-device
on:
  workflow_dispatch:
permissions: {}
concurrency:
  group: device
  cancel-in-progress: false
defaults:
  run:
    shell: bash
jobs:
  plan:
    name: Plan
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: read
    steps:
      - name: Head
        uses: actions/checkout@${PIN} # v7.0.1
        with:
          ref: refs/pull/\${{ inputs.pull }}/head
          path: head
          persist-credentials: false
  device:
    name: Device
    needs: plan
    runs-on: \${{ matrix.runs-on }}
    environment: \${{ matrix.environment }}
    timeout-minutes: 60
    permissions:
      contents: read
    strategy:
      matrix: \${{ fromJSON(needs.plan.outputs.matrix) }}
    steps:
      - name: Main
        uses: actions/checkout@${PIN} # v7.0.1
        with:
          persist-credentials: false
      - name: Check
        run: npx --no openxpu check "$FOLDER"
`;

/** After another workflow: only of runs that no fork can start. */
export const PAGES = `name: pages
on:
  workflow_run:
    workflows: [nightly]
permissions: {}
concurrency:
  group: pages
  cancel-in-progress: false
defaults:
  run:
    shell: bash
jobs:
  build:
    name: Build
    if: contains(fromJSON('["schedule", "workflow_dispatch"]'), github.event.workflow_run.event)
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      actions: read
    steps:
      - name: Records
        uses: actions/download-artifact@${PIN} # v8.0.1
        with:
          path: \${{ runner.temp }}/records
          run-id: \${{ github.event.workflow_run.id }}
          github-token: \${{ github.token }}
  deploy:
    name: Deploy
    needs: build
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      pages: write
    steps:
      - name: Deploy
        uses: actions/deploy-pages@${PIN} # v5.0.0
`;
