# Cores of all processes of a browser that shows a page of text, numbers and drawings.
set -eu
cat > page.html <<'HTML'
<canvas id=c width=800 height=600></canvas><ul id=l></ul><script>
const pen = c.getContext("2d");
window.kept = Array.from({length: 200000}, (_, i) => ({i, text: "item " + i, measure: Math.random()}));
for (const one of kept.slice(0, 2000)) {
  pen.fillRect(800 * Math.random(), 600 * Math.random(), 3, 3);
  const item = document.createElement("li"); item.textContent = one.text + one.measure; l.append(item);
}
document.title = "drawn";
</script>
HTML
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$PWD/profile" --remote-debugging-port=0 "file://$PWD/page.html" 2> log &
until grep -q 'DevTools listening' log; do kill -0 $!; done
for process in $(pgrep -f "user-data-dir=$PWD/profile"); do
    gdb -q -nx -batch -p "$process" -ex "gcore core.$process" 2>> log || true
done
pkill -f "user-data-dir=$PWD/profile" || true
wait || true
rm -rf profile log
