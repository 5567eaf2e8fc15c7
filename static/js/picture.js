// Pictures as files: an SVG turned into a PNG by the browser, and handed to the reader.

const TIMES = 2; // pixels of the file for each of the drawing, so that it is sharp on paper

/** Hand a file to the reader under a name. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Return the PNG of an SVG, which has to say its width and height itself, on a ground of a colour. */
export async function pngOf(svg, ground) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * TIMES;
  canvas.height = image.height * TIMES;
  const pen = canvas.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Return a text of the page with its places, {1} and {2}, filled in. */
export function filled(text, ...values) {
  return text.replace(/\{(\d)\}/g, (place, number) => values[number - 1] ?? place);
}

/** Return a button that looks like a link; where its work fails, it says so as the page words such a fault. */
export function button(text, fault, work) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link";
  made.textContent = text;
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await work();
    } catch {
      made.textContent = filled(fault, text);
    }
    made.disabled = false;
  });
  return made;
}
