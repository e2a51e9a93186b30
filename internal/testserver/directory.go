package testserver

import (
	"os"
	"runtime"
	"testing"
)

// Directory is a directory of the test's that fits, on the file system of the
// temporary directory or in memory. Without one it is any directory and the test
// goes on, or fails where HAUL_TEST_REQUIRE is 1 and the system is Linux.
func Directory(t testing.TB, fits func(dir string) bool) (dir string, ok bool) {
	t.Helper()
	dir = t.TempDir()
	if fits(dir) {
		return dir, true
	}
	if other, err := os.MkdirTemp("/dev/shm", "haul-test-"); err == nil {
		t.Cleanup(func() {
			if err := os.RemoveAll(other); err != nil {
				t.Error(err)
			}
		})
		if fits(other) {
			return other, true
		}
	}
	if runtime.GOOS == "linux" && os.Getenv("HAUL_TEST_REQUIRE") == "1" {
		t.Fatal("neither the temporary directory nor /dev/shm does for this test")
	}
	return dir, false
}
