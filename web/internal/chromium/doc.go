// Package chromium opens pages in Chromium, for the tests of the page and for programs that measure it there.
package chromium
