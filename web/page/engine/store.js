/**
 * Where the served model is kept between visits: a file of the origin's private file system, named by the model's digest. It
 * works in workers only. Where a browser has none (some private windows), every visit loads the model from the server.
 */
const folderName = "lorica-models";
const pieceBytes = 4 << 20;

/** Opens the folder; null where there is none. */
async function openFolder() {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(folderName, { create: true });
  } catch {
    return null;
  }
}

/**
 * Looks for a model that an earlier visit has kept whole.
 * @param {{digest: string, bytes: number}} model
 * @returns {Promise<AsyncGenerator<Uint8Array> | null>} its pieces
 */
export async function readKept({ digest, bytes }) {
  const folder = await openFolder();
  if (!folder) return null;
  try {
    const handle = await folder.getFileHandle(digest);
    const file = await handle.getFile();
    return file.size === bytes ? piecesOf(file) : null;
  } catch {
    return null;
  }
}

/**
 * Reads a file in pieces.
 * @param {Blob} file
 * @returns {AsyncGenerator<Uint8Array>}
 */
export async function* piecesOf(file) {
  for (let at = 0; at < file.size; at += pieceBytes) {
    yield new Uint8Array(await file.slice(at, at + pieceBytes).arrayBuffer());
  }
}

/**
 * Begins to keep a model. Writing never fails: what cannot be kept (a full disk, another worker that keeps it at this moment)
 * is loaded again the next time. A file that is shorter than the model is not whole and will not be read.
 * @param {{digest: string}} model
 * @returns {Promise<{write: (piece: Uint8Array) => void, close: () => void}>}
 */
export async function keep({ digest }) {
  let handle = null;
  let at = 0;
  try {
    const folder = await openFolder();
    const file = await folder.getFileHandle(digest, { create: true });
    handle = await file.createSyncAccessHandle();
    handle.truncate(0);
  } catch {
    handle = null;
  }
  const giveUp = () => {
    try {
      handle?.truncate(0);
      handle?.close();
    } catch {
      // nothing can be done, and nothing is lost
    }
    handle = null;
  };
  return {
    write(piece) {
      try {
        if (handle && handle.write(piece, { at }) !== piece.byteLength) giveUp();
        at += piece.byteLength;
      } catch {
        giveUp();
      }
    },
    close() {
      try {
        handle?.flush();
        handle?.close();
      } catch {
        giveUp();
      }
    },
  };
}

/**
 * Removes all kept models but one.
 * @param {string} [digest] of the one that stays
 */
export async function forget(digest) {
  const folder = await openFolder();
  if (!folder) return;
  for await (const name of folder.keys()) {
    if (name !== digest) await folder.removeEntry(name).catch(() => {});
  }
}
