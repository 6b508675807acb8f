// The bytes of a library as its reader sees them: every access is checked, and the work on a forged file is bounded.

/** No table of an honest library is near these; they bound the work on a forged one. */
export const MOST = { segments: 64, tags: 1024, symbols: 200_000, versions: 4096, name: 4096, names: 2 ** 25 } as const;

/** Why reading stops; never leaves the reader. */
export class Malformed extends Error {}

/** The file as memory addresses see it; every access is checked. */
export class Image {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private named = 0;
  readonly loads: { readonly address: number; readonly offset: number; readonly fileBytes: number }[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private within(offset: number, size: number): number {
    if (offset < 0 || offset + size > this.bytes.length) throw new Malformed("it ends before what its headers name");
    return offset;
  }

  u8 = (offset: number): number => this.view.getUint8(this.within(offset, 1));
  u16 = (offset: number): number => this.view.getUint16(this.within(offset, 2), true);
  u32 = (offset: number): number => this.view.getUint32(this.within(offset, 4), true);
  /** As a double: exact for every size and address that can lie in a file. */
  u64 = (offset: number): number => Number(this.view.getBigUint64(this.within(offset, 8), true));

  /** The place in the file of an address. */
  at(address: number): number {
    const segment = this.loads.find((one) => address >= one.address && address < one.address + one.fileBytes);
    if (segment === undefined) throw new Malformed("a table of it lies outside its segments");
    return address - segment.address + segment.offset;
  }

  text(offset: number): string {
    const window = this.bytes.subarray(this.within(offset, 1), offset + MOST.name);
    const end = window.indexOf(0);
    this.named += end;
    if (end < 0 || this.named > MOST.names) throw new Malformed("a name in it has no end");
    return new TextDecoder().decode(window.subarray(0, end));
  }
}
