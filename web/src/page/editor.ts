// The editor of an exercise: CodeMirror, in the colours of the site's other code. A module of its own, fetched when
// somebody begins to write.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** A place in the code and what is to be said of it. `line` and `column` count from 1. */
export interface Mark {
  line: number;
  column?: number;
  text: string;
  severity: "error" | "warning";
}

export interface Options {
  text: string;
  label: string;
  /** Id of the element that says how to leave the editor by keyboard. */
  describedBy: string;
  /** Pixels at the lower end of the window that something lies over. */
  covered(): number;
  onChange(): void;
  /** Ctrl-Enter, on a Mac also Cmd-Enter. */
  onSubmit(): void;
}

export interface Editor {
  readonly text: string;
  /** Put another text in place of the whole; Ctrl-Z takes it back. */
  replace(text: string): void;
  mark(marks: Mark[]): void;
  /** The number of the line with the cursor. */
  readonly line: number;
  /** Put the cursor on this line, where its text begins. With `show` it comes into sight and gets the keyboard. */
  goTo(line: number, show: boolean): void;
  /** Whether long lines are wrapped. */
  wrap(on: boolean): void;
  focus(): void;
  destroy(): void;
}

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.self, tags.modifier], color: "var(--md-code-hl-keyword-color)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--md-code-hl-string-color)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--md-code-hl-number-color)" },
  { tag: tags.comment, color: "var(--md-code-hl-comment-color)" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], fontWeight: "600" },
  { tag: tags.meta, color: "var(--md-code-hl-special-color)" },
]);

const LOOK = EditorView.theme({
  "&": { backgroundColor: "var(--md-code-bg-color)", color: "var(--md-code-fg-color)", fontSize: "inherit" },
  "&.cm-focused": { outline: "2px solid var(--ka-brand)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--md-code-font-family, monospace)", lineHeight: "1.5", overflowX: "auto" },
  ".cm-content": { caretColor: "var(--ka-ink)", padding: "0.6em 0" },
  ".cm-cursor": { borderLeftColor: "var(--ka-ink)" },
  // Code that is scrolled sideways passes behind it.
  ".cm-gutters": { backgroundColor: "var(--md-code-bg-color)", color: "var(--ka-ink-2)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--ka-x-line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--ka-x-selected)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--ka-x-selected)", outline: "1px solid var(--ka-line)" },
  ".cm-tooltip": { backgroundColor: "var(--ka-paper)", color: "var(--ka-ink)", border: "1px solid var(--ka-line)" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap", maxWidth: "36em" },
  ".cm-gutter-lint": { width: "1em" },
  ".cm-lint-marker": { width: "0.8em", height: "0.8em" },
  ".cm-panels": { backgroundColor: "var(--ka-paper-2)", color: "var(--ka-ink)" },
});

export function makeEditor(parent: HTMLElement, options: Options): Editor {
  const wrapping = new Compartment();
  const submit = () => (options.onSubmit(), true);
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        wrapping.of([]),
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        python(),
        syntaxHighlighting(COLOURS),
        LOOK,
        // Tab indents, as in every editor of code. Escape, then Tab leaves: CodeMirror's own way out, said below it.
        keymap.of([
          { key: "Mod-Enter", run: submit },
          ...lintKeymap,
          ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
          ...historyKeymap,
          indentWithTab,
        ]),
        // The page's header and the exercise's buttons lie over the editor: the line with the cursor stays between them.
        EditorView.scrollMargins.of(() => ({ top: 64, bottom: options.covered() })),
        EditorView.contentAttributes.of({
          "aria-label": options.label,
          "aria-describedby": options.describedBy,
          spellcheck: "false",
          autocapitalize: "off",
          autocorrect: "off",
          tabindex: "0", // a checker of accessibility sees that the scroller can be reached
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange();
        }),
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    replace(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    mark(marks) {
      view.dispatch(setDiagnostics(view.state, marks.map((mark) => diagnostic(view.state, mark))));
    },
    get line() {
      return view.state.doc.lineAt(view.state.selection.main.head).number;
    },
    goTo(number, show) {
      const line = view.state.doc.line(Math.min(Math.max(1, number), view.state.doc.lines));
      const at = line.from + line.text.length - line.text.trimStart().length;
      view.dispatch({
        selection: { anchor: at },
        effects: show ? EditorView.scrollIntoView(at, { y: "center" }) : [],
      });
      if (show) view.focus();
    },
    wrap(on) {
      view.dispatch({ effects: wrapping.reconfigure(on ? EditorView.lineWrapping : []) });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

/** From a line and a column, or the line's text, as far as they are there. */
function diagnostic(state: EditorState, mark: Mark): Diagnostic {
  const line = state.doc.line(Math.min(Math.max(1, mark.line), state.doc.lines));
  const indent = line.text.length - line.text.trimStart().length;
  const at = mark.column === undefined ? indent : Math.min(mark.column - 1, line.length);
  return { from: line.from + at, to: line.to, severity: mark.severity, message: mark.text };
}
