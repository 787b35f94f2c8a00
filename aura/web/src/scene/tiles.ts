// Pictures of pieces of rows, kept as long as what they show has not changed.
//
// A tile is one row, 512 pixels wide, at one zoom. Scrolling then only copies tiles. The oldest unused ones go first.

/** Width of a tile in CSS pixels. */
export const TILE_PX = 512;
/** About eight screens of twelve rows: 8 × 12 × 4 tiles. */
const MAX_TILES = 384;

export interface Tile {
  canvas: OffscreenCanvas;
  /** What it was drawn from; another key means that it is out of date. */
  key: string;
}

export class Tiles {
  readonly #tiles = new Map<string, Tile>();

  /** The tile at a place, drawn by `draw` unless it is there with the same key. */
  get(place: string, key: string, size: { width: number; height: number }, draw: (tile: Tile) => void): Tile {
    let tile = this.#tiles.get(place);
    if (tile && tile.key === key) {
      // To the young end of the map.
      this.#tiles.delete(place);
      this.#tiles.set(place, tile);
      return tile;
    }
    tile ??= { canvas: new OffscreenCanvas(1, 1), key };
    tile.key = key;
    tile.canvas.width = size.width;
    tile.canvas.height = size.height;
    draw(tile);
    this.#tiles.delete(place);
    this.#tiles.set(place, tile);
    this.#drop();
    return tile;
  }

  clear(): void {
    this.#tiles.clear();
  }

  #drop(): void {
    for (const place of this.#tiles.keys()) {
      if (this.#tiles.size <= MAX_TILES) return;
      this.#tiles.delete(place);
    }
  }
}
