// What the theme leaves out for people who use a keyboard or a screen reader. Pages read the same without it.
(function () {
  "use strict";

  // The theme's menu and search buttons are labels of hidden checkboxes: a mouse reaches them, a keyboard does not.
  var BUTTONS = { __drawer: "Menu", __search: "Search" };

  function mendButtons() {
    Object.keys(BUTTONS).forEach(function (id) {
      var label = document.querySelector('.md-header__button[for="' + id + '"]:not([hidden])');
      var box = document.getElementById(id);
      if (!label || !box) return;
      var button = document.createElement("button");
      button.type = "button";
      button.className = label.className + " ka-button" + id;
      button.setAttribute("aria-label", BUTTONS[id]);
      button.setAttribute("aria-expanded", String(box.checked));
      button.innerHTML = label.innerHTML;
      button.addEventListener("click", function () {
        box.click();
      });
      box.addEventListener("change", function () {
        button.setAttribute("aria-expanded", String(box.checked));
      });
      label.hidden = true;
      label.after(button);
    });
  }

  // Escape closes the menu, and the keyboard goes back to where it was opened.
  document.addEventListener("keydown", function (event) {
    var box = document.getElementById("__drawer");
    if (event.key !== "Escape" || !box || !box.checked) return;
    box.click();
    document.querySelector(".ka-button__drawer").focus();
  });

  // The copy buttons stand in a nav without a name.
  function nameToolbars() {
    document.querySelectorAll(".md-code__nav").forEach(function (nav, place) {
      nav.setAttribute("aria-label", "Code " + (place + 1));
    });
  }

  // What scrolls sideways can be scrolled by keyboard; what does not is no stop on the way.
  function reachScrollers() {
    document.querySelectorAll(".md-typeset pre > code, .ka-text, .ka-figure, .ka-scroll, .md-typeset__scrollwrap").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
      else box.removeAttribute("tabindex");
    });
  }

  // A page opened from a folder has no search: the browser keeps the theme's worker from starting.
  if (location.protocol === "file:") document.documentElement.classList.add("ka-file");

  function mend() {
    mendButtons();
    nameToolbars();
    reachScrollers();
  }

  function whenReady() {
    mend();
    // The theme adds its copy buttons as code comes into view.
    var content = document.querySelector(".md-content");
    if (content) new MutationObserver(nameToolbars).observe(content, { childList: true, subtree: true });
    document.querySelectorAll("details").forEach(function (box) {
      box.addEventListener("toggle", reachScrollers);
    });
  }

  // What is folded on the screen is printed too. The style sheet asks for it as well, and not every browser obeys it.
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (box) {
      box.open = true;
    });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (box) {
      box.open = false;
    });
    opened = [];
  });

  window.addEventListener("resize", reachScrollers);
  if (window.document$) window.document$.subscribe(whenReady);
  else document.addEventListener("DOMContentLoaded", whenReady);
})();
