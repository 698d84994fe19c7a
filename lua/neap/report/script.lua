-- SPDX-License-Identifier: MIT
-- What a report can do where scripts run: a hair line over all panels that says the values under it, by pointer and by
-- the arrow keys, and tables that sort. Without scripts nothing is missing but that.
return [[
"use strict";
(function () {
  var node = document.getElementById("picture-data");
  var data = node ? JSON.parse(node.textContent) : null;
  var panels = Array.prototype.slice.call(document.querySelectorAll("svg.panel"));
  var at = -1;
  function hair(svg) {
    var line = svg.querySelector("path.hair");
    if (line) return line;
    line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("class", "hair");
    svg.appendChild(line);
    return line;
  }
  function text(value) { return value === null ? "-" : value.toLocaleString("en-US", { maximumFractionDigits: 8 }); }
  function show(column) {
    at = column;
    var moment = new Date(data.start + (data.stop - data.start) * (column + 0.5) / data.columns);
    panels.forEach(function (svg) {
      var bottom = svg.viewBox.baseVal.height - data.bottom;
      hair(svg).setAttribute("d", "M" + (column + 0.5) + " " + data.top + "V" + bottom);
      var series = data.series[svg.dataset.series];
      var out = svg.parentNode.parentNode.querySelector("output");
      if (series && out) out.textContent = moment.toISOString().slice(0, 16).replace("T", " ") + "  " +
        text(series.values[column]) + " " + series.unit;
    });
  }
  function hide() {
    panels.forEach(function (svg) {
      hair(svg).setAttribute("d", "");
      var out = svg.parentNode.parentNode.querySelector("output");
      if (out) out.textContent = "";
    });
  }
  if (data) panels.forEach(function (svg) {
    svg.addEventListener("pointermove", function (event) {
      var box = svg.getBoundingClientRect();
      var column = Math.floor((event.clientX - box.left) / box.width * svg.viewBox.baseVal.width);
      if (column >= 0 && column < data.columns) show(column);
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", function (event) {
      var step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -50, PageDown: 50, Home: -1e6, End: 1e6 }[event.key];
      if (!step) return;
      event.preventDefault();
      show(Math.max(0, Math.min(data.columns - 1, (at < 0 ? data.columns / 2 | 0 : at) + step)));
    });
  });
  function key(row, index, numeric) {
    var cell = row.cells[index].textContent;
    if (!numeric) return cell;
    var value = parseFloat(cell.replace(/[, %+]/g, ""));
    return isNaN(value) ? -Infinity : value;
  }
  function sort(table, index, head) {
    var up = head.getAttribute("aria-sort") !== "ascending";
    var numeric = head.classList.contains("right");
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows).map(function (row, i) {
      return [key(row, index, numeric), i, row];
    });
    rows.sort(function (a, b) {
      if (a[0] === b[0]) return a[1] - b[1];
      return (a[0] < b[0] ? -1 : 1) * (up ? 1 : -1);
    });
    rows.forEach(function (row) { body.appendChild(row[2]); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) { cell.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
  }
  Array.prototype.forEach.call(document.querySelectorAll("table.sorts"), function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, index) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () { sort(table, index, head); });
    });
  });
})();
]]
