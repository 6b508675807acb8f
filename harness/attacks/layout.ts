// Lays attacks and controls out as whole submissions of one vendor in a scratch folder, as somebody would send them.
import type { Attack, Control } from "../domain/attack.ts";
import { backendSchema } from "../domain/device.ts";
import type { Files, Processes } from "../domain/ports.ts";
import { InputError } from "../domain/problem.ts";
import { decode } from "../manifest.ts";
import { FOLDERS, type Entry } from "./folders.ts";
import { MODELS } from "./models.ts";

/** Where everything lies. */
export interface Place {
  /** Folder of this part of the harness. */
  readonly attacks: string;
  /** The checkout that judges. */
  readonly checkout: string;
  /** Made for this run and removed after it. */
  readonly scratch: string;
  /** The home of the judge in this run, which holds canaries; its path stays the same, so that libraries are cached. */
  readonly home: string;
  readonly chips: Chips;
}

const VENDOR = "acme";

/** The chip of a backend that attacks are sent for: the newest that is emulated. The host processor needs none that anybody knows. */
export type Chips = Readonly<Record<Backend, string>>;

type Backend = "cpu" | "cuda" | "mlu";

const HOST = "x86-64";

const vendorYaml = (chips: Chips): string => `edition: 1
vendor: ${VENDOR}
names: {en: Acme, zh: 阿克梅}
chips:
${Object.entries(chips)
  .map(([backend, name]) => `  - {name: ${name}, backend: ${backend}}`)
  .join("\n")}
`;

async function chipOf(backend: Backend, checkout: string, { files }: Ports): Promise<string> {
  const name = `harness/devices/${backend}/device.yaml`;
  const decoded = decode(await files.text(`${checkout}/${name}`), name, backendSchema);
  if (!decoded.ok) throw new InputError(decoded.problems);
  return Object.keys(decoded.value.value.emulation?.chips ?? {}).at(-1) ?? HOST;
}

const PROVENANCE_YAML = "edition: 1\norigin: own\nauthors: [nobody]\n";

/** What a dialect needs of a manifest. */
const DIALECTS: Readonly<Record<Control["dialect"], { readonly backend: Backend; readonly file: string }>> = {
  "c-abi": { backend: "cpu", file: "kernel.cc" },
  "bang-c": { backend: "mlu", file: "kernel.mlu" },
  triton: { backend: "cuda", file: "kernel.py" },
  onnx: { backend: "cpu", file: "kernel.onnx" },
};

/** The name under which a submission is in the run's document. */
export function idOf(name: string): string {
  return `${VENDOR}/${name}`;
}

/** Seconds of a call and memory, where an attack does not say more: enough for any honest call of these cases. */
const RESOURCES = "resources: {timeout: 2s, memory: 512MiB}\n";

function manifestOf(
  { op, dialect }: Pick<Control, "op" | "dialect">,
  name: string,
  entry: string,
  more: string,
  chips: Chips,
): string {
  const { backend, file } = DIALECTS[dialect];
  return `edition: 1
submission: ${name}
version: 1.0.0
op: ${op}
license: Apache-2.0
device: {backend: ${backend}, chips: [${chips[backend]}]}
source: {dialect: ${dialect}, files: [${file}]}
entry: ${entry}
supports: {dtypes: {T: [float32]}}
${more.includes("numerics:") ? "" : "numerics: {class: fp32}\n"}${more.includes("resources:") ? more : `${RESOURCES}${more}`}`;
}

/** Names in a source that stand for paths of this run. */
function filled(text: string, place: Place): string {
  return text
    .replaceAll("@HOME@", place.home)
    .replaceAll("@CHECKOUT@", place.checkout)
    .replaceAll("@CONTROL@", "honest_1");
}

/** Sources of several attacks look at what is defined, or at the name. */
function definition(attack: Attack): string {
  if (!attack.defined) return "";
  return attack.dialect === "triton" ? `ATTACK = "${attack.name}"\n` : `#define ${attack.name.toUpperCase()} 1\n`;
}

async function write(
  folder: string,
  entries: Readonly<Record<string, Entry | Uint8Array>>,
  ports: Ports,
): Promise<void> {
  for (const [name, entry] of Object.entries(entries)) {
    const path = `${folder}/${name}`;
    if (typeof entry === "string" || entry instanceof Uint8Array) await ports.files.write(path, entry);
    else if ("made" in entry) await run(entry.made, ports, folder);
    else await run("link" in entry ? ["ln", "-sfn", "--", entry.link, path] : ["mkfifo", "--", path], ports);
  }
}

interface Ports {
  readonly files: Files;
  readonly processes: Processes;
}

async function run(command: readonly [string, ...string[]], { processes }: Ports, cwd = "/"): Promise<void> {
  const { code, stderr } = await processes.run(command, { cwd, environment: {}, timeoutSeconds: 60 });
  if (code !== 0) throw new Error(`${command[0]}: ${stderr}`);
}

const COMMON = { "PROVENANCE.yaml": PROVENANCE_YAML, LICENSE: "Apache-2.0\n" };

function modelNamed(name: string): Uint8Array {
  const make = MODELS[name];
  if (make === undefined) throw new RangeError(`there is no model '${name}'`);
  return make();
}

async function kernelOf(
  one: Attack | Control,
  before: string,
  place: Place,
  { files }: Ports,
): Promise<Readonly<Record<string, string | Uint8Array>>> {
  const { file } = DIALECTS[one.dialect];
  if (one.model !== undefined) return { [file]: modelNamed(one.model) };
  const source = await files.text(`${place.attacks}/sources/${one.source ?? ""}`);
  const header = one.dialect === "c-abi" ? { "attack.h": await files.text(`${place.attacks}/sources/attack.h`) } : {};
  return { [file]: before + filled(source, place), ...header };
}

/** Writes one attack as a submission; gives its folder. */
export async function layAttack(attack: Attack, place: Place, ports: Ports): Promise<string> {
  const folder = `${place.scratch}/${VENDOR}/${attack.name}`;
  const make = attack.folder === undefined ? undefined : FOLDERS[attack.folder];
  if (attack.folder !== undefined && make === undefined) throw new RangeError(`there is no folder '${attack.folder}'`);
  const header = { "attack.h": await ports.files.text(`${place.attacks}/sources/attack.h`) };
  const own =
    make === undefined
      ? {
          ...(await kernelOf(attack, definition(attack), place, ports)),
          "submission.yaml": manifestOf(
            attack,
            attack.name,
            attack.entry ?? attack.name,
            `${attack.manifest}\n`,
            place.chips,
          ),
        }
      : { ...header, ...make(attack.name) };
  await write(folder, { ...COMMON, ...own }, ports);
  return folder;
}

/** Writes an honest control under a name of its own; gives its folder. */
export async function layControl(control: Control, name: string, place: Place, ports: Ports): Promise<string> {
  const folder = `${place.scratch}/${VENDOR}/${name}`;
  const manifest = manifestOf(control, name, control.entry, "", place.chips);
  const own = { ...(await kernelOf(control, "", place, ports)), "submission.yaml": manifest };
  await write(folder, { ...COMMON, ...own }, ports);
  return folder;
}

/** Makes the scratch folder of a run, with its vendor, and the home with its canaries. */
export async function prepare(attacks: string, checkout: string, ports: Ports): Promise<Place> {
  const { stdout, code, stderr } = await ports.processes.run(["mktemp", "-d", "-t", "openxpu-attacks-XXXXXXXX"], {
    cwd: "/",
    environment: {},
    timeoutSeconds: 10,
  });
  if (code !== 0) throw new Error(`mktemp: ${stderr}`);
  const scratch = stdout.trim();
  // Kernels are read as another user.
  await run(["chmod", "755", scratch], ports);
  const chips = {
    cpu: HOST,
    cuda: await chipOf("cuda", checkout, ports),
    mlu: await chipOf("mlu", checkout, ports),
  };
  const place = { attacks, checkout, scratch, chips, home: `${checkout}/.openxpu/attacks/home` };
  await ports.files.write(`${scratch}/${VENDOR}/vendor.yaml`, vendorYaml(chips));
  await ports.files.write(`${place.home}/token.txt`, "LOOT the token of the judge's owner\n");
  await ports.files.write(`${place.home}/.ssh/id`, "LOOT a key\n");
  return place;
}

/** Removes what `prepare` and the layouts made, but the home. */
export async function remove(place: Place, ports: Ports): Promise<void> {
  await run(["rm", "-rf", "--", place.scratch], ports);
}
