package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chancery-chain/chancery/runtime"
)

// processes measures what needs a process of its own: compiling and loading the
// code in one file, and the memory of idle instances of the counter in another.
func processes(ctx context.Context, code, counter, dir string) error {
	info, err := os.Stat(code)
	if err != nil {
		return err
	}
	mb := float64(info.Size()) / 1e6
	child := func(what, code, cache string) (map[string]float64, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, self, "child", what, code, cache)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("child %s: %w", what, err)
		}
		v := map[string]float64{}
		return v, json.Unmarshal(out, &v)
	}
	collect := func(n int, what, code string, cache func(int) string) (map[string][]float64, error) {
		all := map[string][]float64{}
		for i := range n {
			v, err := child(what, code, cache(i))
			if err != nil {
				return nil, err
			}
			for k, x := range v {
				all[k] = append(all[k], x)
			}
		}
		return all, nil
	}
	size := fmt.Sprintf("%.2f MB", mb)
	fresh, err := collect(5, "check", code, func(i int) string { return filepath.Join(dir, "cache", strconv.Itoa(i)) })
	if err != nil {
		return err
	}
	figure{Name: "runtime.compile_s_per_mb", Value: middle(fresh["cpu"]) / mb, Unit: "s CPU/MB", Case: size}.print()
	figure{Name: "runtime.compile_peak_mb", Value: middle(fresh["peak"]), Unit: "MB", Case: size}.print()
	again, err := collect(9, "check", code, func(int) string { return filepath.Join(dir, "cache", "0") })
	if err != nil {
		return err
	}
	figure{Name: "runtime.cache_load_ms", Value: middle(again["wall"]) * 1e3, Unit: "ms", Case: size}.print()
	figure{Name: "runtime.cache_load_cpu_ms", Value: middle(again["cpu"]) * 1e3, Unit: "ms CPU", Case: size}.print()
	idle, err := collect(3, "idle", counter, func(int) string { return filepath.Join(dir, "cache", "0") })
	if err != nil {
		return err
	}
	figure{Name: "runtime.idle_instance_kb", Value: middle(idle["kb"]), Unit: "KB"}.print()
	return nil
}

// childProcess is one measurement in a fresh process; it prints its figures as
// one JSON object.
func childProcess(_ context.Context, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("child takes what, code and cache, got %q", args)
	}
	code, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	rt, err := runtime.New(runtime.Config{CacheDir: args[2]}, runtime.DefaultLimits())
	if err != nil {
		return err
	}
	defer rt.Close()
	measure := map[string]func(*runtime.Runtime, []byte) (map[string]float64, error){"check": checkOnce, "idle": idleInstances}[args[0]]
	if measure == nil {
		return fmt.Errorf("child does not know %q", args[0])
	}
	v, err := measure(rt, code)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(v)
}

// checkOnce measures the time of Check and how far memory rises meanwhile.
func checkOnce(rt *runtime.Runtime, code []byte) (map[string]float64, error) {
	debug.FreeOSMemory()
	// Makes the highest value start again from the present one: Linux
	// Documentation/filesystems/proc.rst, clear_refs.
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return nil, err
	}
	before, err := procKB("/proc/self/status", "VmRSS:")
	if err != nil {
		return nil, err
	}
	cpu, start := cpuTime(), time.Now()
	if _, err := rt.Check(code); err != nil {
		return nil, err
	}
	wall := time.Since(start)
	cpu = cpuTime() - cpu
	peak, err := procKB("/proc/self/status", "VmHWM:")
	return map[string]float64{"cpu": cpu.Seconds(), "wall": wall.Seconds(), "peak": (peak - before) / 1e3}, err
}

// instancesAtOnce is how many instances the idle measurement makes.
const instancesAtOnce = 64

// idleInstances makes many instances by calls that wait for one another, and
// measures the private memory that they keep when idle.
func idleInstances(rt *runtime.Runtime, code []byte) (map[string]float64, error) {
	s, err := newSubject(rt, code, "Bump")
	if err != nil {
		return nil, err
	}
	private := func() (float64, error) {
		goruntime.GC()
		debug.FreeOSMemory()
		clean, err := procKB("/proc/self/smaps_rollup", "Private_Clean:")
		if err != nil {
			return 0, err
		}
		dirty, err := procKB("/proc/self/smaps_rollup", "Private_Dirty:")
		return clean + dirty, err
	}
	// One round before, so that what is made once is not counted.
	var before, after float64
	for _, n := range []int{1, instancesAtOnce} {
		if before, err = private(); err != nil {
			return nil, err
		}
		if err := s.together(n); err != nil {
			return nil, err
		}
		if after, err = private(); err != nil {
			return nil, err
		}
	}
	made := rt.Stats().IdleInstances - 1
	if made != instancesAtOnce-1 {
		return nil, fmt.Errorf("%d idle instances, expected %d", made+1, instancesAtOnce)
	}
	return map[string]float64{"kb": (after - before) / float64(made)}, nil
}

// together runs n calls that are all in the host at the same time.
func (s *subject) together(n int) error {
	var inside sync.WaitGroup
	inside.Add(n)
	errs := make(chan error, n)
	for range n {
		go func() { errs <- s.call(&meetingHost{plainHost: plainHost{}, inside: &inside}) }()
	}
	for range n {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

// meetingHost waits at the first read for all the others.
type meetingHost struct {
	plainHost
	inside *sync.WaitGroup
	been   bool
}

func (h *meetingHost) Get(key []byte) ([]byte, bool, error) {
	if !h.been {
		h.been = true
		h.inside.Done()
		h.inside.Wait()
	}
	return h.plainHost.Get(key)
}

// procKB reads a value in kB from a file of /proc.
func procKB(file, field string) (float64, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), field); ok {
			return strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 64)
		}
	}
	return 0, fmt.Errorf("no %s in %s", field, file)
}
