/** A tray picture's mark beside the tracks: what is drawn, what is cut out of it, and how much of the tracks makes room. */
interface Mark {
  readonly shape: string;
  readonly cut: string;
}

const TRACKS = '<path transform="translate(0 1)" d="M2 4h9M2 16h16M2 10h14M5.5 16 14 4h4"/>';

/**
 * The marks by the icon's name; each has a shape of its own, since a tray has no colours to tell them apart. Edges lie on whole
 * pixels of the small picture.
 */
const MARKS: Readonly<Record<string, Mark | null>> = {
  idle: null,
  running: { shape: '<circle cx="16.5" cy="16.5" r="5.5"/>', cut: '<path d="M15 13.5v6l5-3z"/>' },
  paused: { shape: '<circle cx="16.5" cy="16.5" r="5.5"/>', cut: '<path d="M14 14h2v5h-2zM17 14h2v5h-2z"/>' },
  stopping: { shape: '<path d="M15 12h4l3 3v4l-3 3h-4l-3-3v-4z"/>', cut: '<path d="M15 15h4v4h-4z"/>' },
  attention: {
    shape: '<path d="M16.5 11 22 22H11z"/>',
    cut: '<path d="M15.75 15h1.5v3.5h-1.5zM15.75 19.5h1.5V21h-1.5z"/>',
  },
};

/** The names of the pictures. */
export const TRAY_PICTURES = Object.keys(MARKS);

/** One picture as SVG, 22 by 22, in one colour on nothing: what is cut out shows the panel. */
export function trayDrawing(name: string, colour: string): string {
  const mark = MARKS[name] ?? null;
  const room = mark === null ? '' : `<g fill="#000" stroke="#000" stroke-width="3">${mark.shape}</g>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 22">
  <mask id="tracks" maskUnits="userSpaceOnUse" x="0" y="0" width="22" height="22"><path fill="#fff" d="M0 0h22v22H0z"/>${room}</mask>
  <g fill="none" stroke="${colour}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" mask="url(#tracks)">${TRACKS}</g>${
    mark === null
      ? ''
      : `
  <mask id="mark" maskUnits="userSpaceOnUse" x="0" y="0" width="22" height="22"><path fill="#fff" d="M0 0h22v22H0z"/><g fill="#000">${mark.cut}</g></mask>
  <g mask="url(#mark)" fill="${colour}">${mark.shape}</g>`
  }
</svg>`;
}
