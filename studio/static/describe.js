// A dropdown reports one choice twice, and Gradio holds a listener back only once its request is under way:
// what is reported within a moment is one click, on a button that nobody sees.
() => {
    clearTimeout(window.describing)
    window.describing = setTimeout(() => document.getElementById('describe').click(), 30)
}
