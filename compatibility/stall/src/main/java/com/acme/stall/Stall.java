package com.acme.stall;

import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Answers with a price, without JSON or REST: in some servers these keep the classes of an application that is undeployed, and here it is
 * to be seen whether DistCache does.
 */
@WebServlet("/price")
public class Stall extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Inject
    private transient Prices prices;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain");
        response.getWriter().print("cents=" + prices.of(1).cents());
    }
}
