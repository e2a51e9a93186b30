package ui

import (
	"testing"
	"time"

	"haul/model"
)

func TestTheBannerNamesItsKeyOnlyWhileTheKeyAnswers(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.prompts = []model.PromptView{passwordPrompt(time.Now())} }, func(d *driver) {
		d.see("asks for a password", "1 question")
		d.seeNot("Press ! to answer", "! answer")
		d.press("esc")
		d.wait(time.Second)
		d.press("esc")
		d.see("Press ! to answer.", "! answer")
		d.press("?")
		d.seeNot("Press ! to answer")
		d.press("esc", "!")
		d.seeNot("Press ! to answer", "! answer")
	})
}
